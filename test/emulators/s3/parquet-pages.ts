/** The pages of a Parquet file, by their headers: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
import { Compression, ParquetFile } from 'parquet-wasm'

interface Chunk {
  readonly column: string
  readonly isZstd: boolean
  /** Uncompressed bytes of each page, dictionaries included. */
  readonly pages: readonly number[]
}

export async function chunksOf(body: Uint8Array): Promise<Chunk[][]> {
  const file = await ParquetFile.fromFile(new Blob([new Uint8Array(body)]))
  return file
    .metadata()
    .rowGroups()
    .map((group) =>
      group.columns().map((column) => ({
        column: column.columnPath().join('.'),
        isZstd: column.compression() === Compression.ZSTD,
        pages: pagesOf(body, Number(column.fileOffset()), column.compressedSize()),
      })),
    )
}

function pagesOf(body: Uint8Array, from: number, size: number): number[] {
  const pages: number[] = []
  for (let at = from; at < from + size; ) {
    const reader = { body, at }
    const { 2: uncompressed = 0, 3: compressed = 0 } = readStruct(reader)
    pages.push(uncompressed)
    at = reader.at + compressed
  }
  return pages
}

interface Reader {
  readonly body: Uint8Array
  at: number
}

/** Whole numbers of a struct in Thrift's compact protocol, by field id. */
function readStruct(reader: Reader): Record<number, number> {
  const fields: Record<number, number> = {}
  let id = 0
  for (;;) {
    const head = reader.body[reader.at++] as number
    if (head === 0) return fields
    const type = head & 15
    id = head >> 4 === 0 ? zigzag(reader) : id + (head >> 4)
    if (type === 5 || type === 6) fields[id] = zigzag(reader)
    else if (type === 12) readStruct(reader)
    else if (type > 2) throw new Error(`a page header holds no field of type ${type}`)
  }
}

function zigzag(reader: Reader): number {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = reader.body[reader.at++] as number
    value |= (byte & 127) << shift
    if (byte < 128) return (value >>> 1) ^ -(value & 1)
  }
}
