/** Produce, versions 9 to 11. */
import { type KeptRecord, type RecordBatch, readRecordBatch } from './record-batch.ts'
import type { ClusterState, Refusal } from './state.ts'
import { compactArray, compactString, int16, int32, int64, NO_TAGS, type WireReader } from './wire.ts'

const OK = 0
const CORRUPT_MESSAGE = 2
const UNKNOWN_TOPIC_OR_PARTITION = 3
const NOT_LEADER_OR_FOLLOWER = 6
const MESSAGE_TOO_LARGE = 10
const INVALID_REQUIRED_ACKS = 21
const TOPIC_AUTHORIZATION_FAILED = 29
const UNSUPPORTED_COMPRESSION_TYPE = 76

interface PartitionAnswer {
  readonly index: number
  readonly code: number
  readonly offset?: bigint
  readonly message?: string | null
  readonly records?: readonly { readonly index: number; readonly message: string | null }[]
}

export function produce(state: ClusterState, broker: number, request: WireReader): Buffer {
  if (request.compactString() !== null) throw new Error('no transactions here')
  const acks = request.int16()
  state.timeoutMs = request.int32()
  if (state.timeoutMs <= 0) throw new Error('a time-out is wanted')
  const topics = request.compactArray(() => {
    const name = request.compactString() ?? ''
    const partitions = request.compactArray(() => {
      const it = { index: request.int32(), bytes: request.compactBytes() ?? Buffer.alloc(0) }
      request.tags()
      return it
    })
    request.tags()
    return { name, partitions }
  })
  request.tags()
  request.end()
  const [first] = state.refusals.Produce
  const covers = (index: number) => first !== undefined && (first.partition ?? index) === index
  if (topics.some(({ partitions }) => partitions.some(({ index }) => covers(index))))
    state.refusals.Produce.shift()
  const answers = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions
      .filter(({ index }) => !(first?.omit && covers(index)))
      .map(({ index, bytes }): PartitionAnswer => {
        if (acks !== -1) return { index, code: INVALID_REQUIRED_ACKS }
        if (covers(index)) return { index, ...(first as Refusal) }
        return append(state, broker, { name, index, bytes })
      }),
  }))
  return Buffer.concat([
    compactArray(answers, ({ name, partitions }) => [
      compactString(name),
      compactArray(partitions, partitionAnswer),
      NO_TAGS,
    ]),
    int32(0),
    NO_TAGS,
  ])
}

function partitionAnswer({ index, code, offset = -1n, message = null, records = [] }: PartitionAnswer) {
  const errors = compactArray(records, (it) => [int32(it.index), compactString(it.message), NO_TAGS])
  return [
    int32(index),
    int16(code),
    int64(offset),
    int64(-1n),
    int64(0n),
    errors,
    compactString(message),
    NO_TAGS,
  ]
}

function append(
  state: ClusterState,
  broker: number,
  { name, index, bytes }: { name: string; index: number; bytes: Buffer },
): PartitionAnswer {
  const { maxMessageBytes, mayWrite, compressions } = state.options
  const partition = state.partitions[index]
  if (!mayWrite) return { index, code: TOPIC_AUTHORIZATION_FAILED }
  if (name !== state.topic || partition === undefined) return { index, code: UNKNOWN_TOPIC_OR_PARTITION }
  if (state.leaderOf(index) !== broker) return { index, code: NOT_LEADER_OR_FOLLOWER }
  if (bytes.length > maxMessageBytes)
    return { index, code: MESSAGE_TOO_LARGE, message: 'The batch is too large.' }
  let batch: RecordBatch
  try {
    batch = readRecordBatch(bytes)
  } catch (error) {
    return { index, code: CORRUPT_MESSAGE, message: String(error) }
  }
  const { compression, records } = batch
  if (compressions !== undefined && !compressions.includes(compression))
    return { index, code: UNSUPPORTED_COMPRESSION_TYPE }
  const bad = records.flatMap((record, at) => {
    const found = state.badRecords.get(uidOf(record))
    return found === undefined ? [] : [{ index: at, ...found }]
  })
  // One bad record spoils the whole batch.
  if (bad[0] !== undefined)
    return { index, code: bad[0].code, message: 'One or more records have been rejected', records: bad }
  const sequenced = partition.sequences.accept(batch)
  if (!('isRepeat' in sequenced)) return { index, code: sequenced.code }
  const offset = partition.end
  if (!sequenced.isRepeat) {
    if (state.options.onlyUids) state.uids.push(...records.map((it) => uidOf(it)))
    else state.kept.push(...records.map((it) => ({ ...it, partition: index, compression })))
    partition.end += BigInt(records.length)
  }
  return { index, code: OK, offset }
}

function uidOf({ headers }: KeptRecord): string {
  return headers.get('event_uid') ?? ''
}
