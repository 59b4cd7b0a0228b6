/**
 * Record batches of format 2, with all checks of a broker's LogValidator and more:
 * https://kafka.apache.org/documentation/#recordbatch
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { compressionsAlgorithms } from '@platformatic/kafka'
import { WireReader } from './wire.ts'

export interface KeptRecord {
  readonly key: string | null
  readonly value: Buffer
  readonly headers: ReadonlyMap<string, string>
  /** Milliseconds. */
  readonly timestamp: number
}

export interface RecordBatch {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly compression: (typeof COMPRESSIONS)[number]
  /** The size that a broker compares with max.message.bytes. */
  readonly bytes: number
  readonly records: readonly KeptRecord[]
}

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Throws if a broker would answer CORRUPT_MESSAGE. */
export function readRecordBatch(bytes: Buffer): RecordBatch {
  const reader = new WireReader(bytes)
  if (reader.int64() !== 0n) throw new Error('the base offset of a producer is 0')
  const length = reader.int32()
  if (length !== reader.left) throw new Error(`one batch a partition: ${length} bytes of ${reader.left}`)
  reader.int32()
  if (reader.int8() !== 2) throw new Error('magic is not 2')
  const crc = reader.uint32()
  const found = crc32c(bytes.subarray(reader.at))
  if (crc !== found) throw new Error(`CRC-32C is ${crc}, and ${found} by the bytes`)
  const attributes = reader.int16()
  const compression = COMPRESSIONS[attributes & 7]
  if (compression === undefined || attributes >> 3 !== 0) throw new Error(`attributes ${attributes}`)
  const lastOffsetDelta = reader.int32()
  const [base, most] = [reader.int64(), reader.int64()]
  const [producerId, producerEpoch, firstSequence] = [reader.int64(), reader.int16(), reader.int32()]
  const count = reader.int32()
  if (count < 1 || lastOffsetDelta !== count - 1) throw new Error(`${count} records, last ${lastOffsetDelta}`)
  const inner = new WireReader(decompress(compression, reader.take(reader.left)))
  const records = Array.from({ length: count }, (_, index) => readRecord(inner, index, base))
  inner.end()
  const newest = records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)
  if (BigInt(newest) !== most) throw new Error(`maxTimestamp is ${most}, and ${newest} by the records`)
  return { producerId, producerEpoch, firstSequence, compression, bytes: bytes.length, records }
}

function readRecord(reader: WireReader, index: number, base: bigint): KeptRecord {
  const length = reader.varint()
  const end = reader.at + length
  if (reader.int8() !== 0) throw new Error('attributes of a record')
  const timestamp = Number(base + reader.varlong())
  if (reader.varint() !== index) throw new Error('offset deltas do not count up')
  const key = reader.varbytes()?.toString() ?? null
  const value = reader.varbytes()
  if (value === null) throw new Error('a record without a value')
  const headers = new Map<string, string>()
  for (let left = reader.varint(); left > 0; left--) {
    headers.set(`${reader.varbytes()}`, `${reader.varbytes()}`)
  }
  if (reader.at !== end) throw new Error(`a record of ${length} bytes ends ${end - reader.at} before`)
  return { key, value, headers, timestamp }
}

function decompress(compression: RecordBatch['compression'], bytes: Buffer): Buffer {
  if (compression === 'none') return bytes
  if (compression === 'gzip') return gunzipSync(bytes)
  if (compression === 'zstd') return zstdDecompressSync(bytes, { chunkSize: LARGEST_PIECE })
  // This is the sink's own library; test/kafka has an independent reader, librdkafka.
  return compressionsAlgorithms[compression].decompressSync(bytes)
}

/** zlib combines many small pieces into one. */
const LARGEST_PIECE = 1 << 20

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

/** CRC-32C (Castagnoli). */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  // A plain loop over numbers: every byte of a benchmark passes here.
  for (let at = 0; at < bytes.length; at++)
    crc = (TABLE[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
