/** How files and objects are compressed, and which ending of their names says so. */
import type { Transform } from 'node:stream'
import {
  createGunzip,
  createGzip,
  createZstdCompress,
  createZstdDecompress,
  type ZlibOptions,
} from 'node:zlib'

export type Compression = 'gzip' | 'zstd' | 'none'

export const COMPRESSED_ENDING: Readonly<Record<Compression, string>> = {
  gzip: '.gz',
  zstd: '.zst',
  none: '',
}

export function createCompressor(compression: 'gzip' | 'zstd', options: Pick<ZlibOptions, 'chunkSize'> = {}) {
  return compression === 'gzip' ? createGzip(options) : createZstdCompress(options)
}

/** Undefined for a file that is not compressed by its name. */
export function createDecompressor(name: string): Transform | undefined {
  if (name.endsWith('.gz')) return createGunzip()
  return name.endsWith('.zst') ? createZstdDecompress() : undefined
}
