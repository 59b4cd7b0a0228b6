import { gunzipSync } from 'node:zlib'

/**
 * Inflates into a buffer of the size given at the end of the gzip data, if that is plausible: zlib's own chunks have 16
 * KiB. Throws if it isn't gzip.
 */
export function gunzip(raw: Buffer): Buffer {
  const told = raw.length < SHORTEST ? 0 : raw.readUInt32LE(raw.length - 4)
  // One byte more than needed: zlib follows a buffer that is filled to the last byte with another one.
  return gunzipSync(raw, { chunkSize: Math.min(Math.max(told + 1, SMALLEST), LARGEST) })
}

const SHORTEST = 18
const [SMALLEST, LARGEST] = [1 << 10, 1 << 26]
