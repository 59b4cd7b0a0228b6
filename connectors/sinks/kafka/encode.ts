/** Events as records: key, headers, event time, partition. */
import type { Batch } from '../../../src/connector.ts'
import type { AuditEvent } from '../../../src/event.ts'
import type { FormatName } from '../../../src/formats/format.ts'
import { createFieldReader } from '../../../src/formats/native-members.ts'
import type { Config } from './config.ts'

/** As the package takes it. */
export interface ProducedRecord {
  readonly key?: Buffer
  readonly value: Buffer
  readonly headers: Map<Buffer, Buffer>
  readonly topic: string
  readonly partition: number
  /** Milliseconds. */
  readonly timestamp: bigint
}

interface Target {
  readonly format: FormatName
  readonly partitions: number
  /** The hash of Java's default partitioner, so that one key has one partition whoever writes. */
  readonly hash: (key: string) => number
}

const EVENT_UID = Buffer.from('event_uid')
const EVENT_ID = Buffer.from('event_id')
const SCHEMA = Buffer.from('schema')

/** What is read of an event. */
type Fields = Pick<AuditEvent, 'action' | 'organization' | 'target'>

export function createEncoder(
  { topic, key }: Pick<Config, 'topic' | 'key'>,
  { format, partitions, hash }: Target,
) {
  const schema = Buffer.from(format)
  const read = createFieldReader(format, [
    ...(['action', 'organization'] as const),
    ...(key === 'stack' ? (['target'] as const) : []),
  ])
  return ({ events }: Batch): ProducedRecord[] => {
    // Without a key a batch stays together; the same batch again goes to the same partition.
    const unkeyed = Number.parseInt(events[0]?.uid.slice(0, 8) ?? '', 16)
    return events.map((it) => {
      const fields = read(it)
      const own = keyOf(key, it.uid, fields)
      return {
        ...(own !== undefined && { key: Buffer.from(own) }),
        value: Buffer.from(it.payload.buffer, it.payload.byteOffset, it.payload.byteLength),
        headers: new Map([
          [EVENT_UID, Buffer.from(it.uid, 'latin1')],
          [EVENT_ID, Buffer.from(fields.action)],
          [SCHEMA, schema],
        ]),
        topic,
        partition: (own === undefined ? unkeyed : hash(own) & 0x7fffffff) % partitions,
        timestamp: BigInt(it.timestamp) * 1000n,
      }
    })
  }
}

function keyOf(key: Config['key'], uid: string, event: Fields): string | undefined {
  if (key === 'none') return undefined
  if (key === 'event_uid') return uid
  const { project, stack } = event.target ?? {}
  const parts = key === 'stack' ? [project, stack] : []
  return [event.organization, ...parts.filter((part) => typeof part === 'string')].join('/')
}

/** Bytes of a record in a batch, before compression: at most so many (KIP-98, record format v2). */
export function sizeOf({ key, value, headers }: ProducedRecord): number {
  let bytes = (key?.length ?? 0) + value.length + RECORD_OVERHEAD
  for (const [name, text] of headers) bytes += name.length + text.length + HEADER_OVERHEAD
  return bytes
}

/** Of a record batch, beside its records. */
export const BATCH_OVERHEAD = 61
/** Length, attributes, timestamp and offset deltas, lengths of key and value, count of headers. */
const RECORD_OVERHEAD = 36
const HEADER_OVERHEAD = 4
