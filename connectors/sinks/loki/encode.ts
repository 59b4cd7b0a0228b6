/**
 * Bodies of a push: streams of `[nanoseconds, line, {uid}]`, each stream in order of time.
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
import type { Batch, BatchEvent } from '../../../src/connector.ts'
import type { AuditEvent } from '../../../src/event.ts'
import type { FormatName } from '../../../src/formats/format.ts'
import { createFieldReader } from '../../../src/formats/native-members.ts'
import { rfc3339 } from '../../../src/formats/rfc3339.ts'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Config, LABEL_FIELDS } from './config.ts'

type EncodeOptions = Pick<Config, 'labels' | 'label_by' | 'structured_metadata'>

type Pushed = Pick<Batch, 'events' | 'organization' | 'source'>

/** What decides an event's stream. */
type Fields = Pick<AuditEvent, 'observedAt' | (typeof LABEL_FIELDS)[number]>
type ReadFields = (event: BatchEvent) => Fields

/** Reads a native payload without parsing the rest of it. */
export function createStreamReader(
  format: FormatName,
  { label_by }: Pick<EncodeOptions, 'label_by'>,
): ReadFields {
  return createFieldReader(format, ['observedAt', ...label_by])
}

/** The body is a view of `out` and is valid until that is written again. */
export function encodePush(
  batch: Pushed,
  options: EncodeOptions,
  read: ReadFields = parsed,
  out: ByteWriter = new ByteWriter(),
): Buffer {
  out.clear()
  out.ascii('{"streams":[')
  let isFirst = true
  for (const [labels, entries] of streamsOf(batch, options, read)) {
    if (!isFirst) out.byte(COMMA)
    isFirst = false
    out.ascii('{"stream":')
    out.text(labels)
    out.ascii(',"values":[')
    entries.sort(byTime)
    for (const [index, entry] of entries.entries()) writeEntry(out, index, entry, options)
    out.ascii(']}')
  }
  out.ascii(']}')
  return out.written()
}

/** Loki's nanoseconds are signed 64-bit integers, and no event is older than Unix time. */
export function isPlaceable({ timestamp }: Pick<BatchEvent, 'timestamp'>): boolean {
  return Number.isInteger(timestamp) && timestamp >= 0 && timestamp < 9_223_372_036
}

interface Entry {
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanos: number
  readonly event: BatchEvent
}

function writeEntry(out: ByteWriter, index: number, entry: Entry, options: EncodeOptions): void {
  const { seconds, nanos, event } = entry
  out.ascii(index === 0 ? '["' : ',["')
  out.ascii(`${seconds}${String(nanos).padStart(9, '0')}`)
  out.ascii('",')
  out.jsonOf(event.payload)
  if (options.structured_metadata) {
    out.ascii(',{"uid":"')
    out.ascii(event.uid)
    out.ascii('"}]')
  } else out.byte(CLOSE)
}

/** Keyed by the JSON of their labels. */
function streamsOf(
  { events, organization, source }: Pushed,
  options: EncodeOptions,
  read: ReadFields,
): Map<string, Entry[]> {
  const streams = new Map<string, Entry[]>()
  const texts = new Map<string, string>()
  const lateHour = createLateHour()
  for (const it of events) {
    const fields = read(it)
    const values = options.label_by.map((field) => {
      if (field === 'organization') return organization
      return field === 'source' ? source : String(fields[field])
    })
    const late = lateHour(fields, it)
    const key = [...values, late].join('\n')
    let labels = texts.get(key)
    if (labels === undefined) {
      // Loki takes an empty label for a missing one.
      const own = [
        ...options.label_by.map((field, at) => [field, values[at]] as const),
        ['late', late] as const,
      ]
      labels = JSON.stringify({
        ...options.labels,
        ...Object.fromEntries(own.filter(([, value]) => value !== '')),
      })
      texts.set(key, labels)
    }
    const entry = { seconds: it.timestamp, nanos: nanosOf(it.uid), event: it }
    const entries = streams.get(labels)
    if (entries === undefined) streams.set(labels, [entry])
    else entries.push(entry)
  }
  return streams
}

/**
 * Loki refuses entries that are over an hour (half of `max_chunk_age`) older than the newest of their stream. What was
 * read late, or newest first, goes into a stream for its own hour, where nothing can be that far behind. This depends
 * on the event, not on the attempt, so every attempt gives the same stream.
 */
function createLateHour(): (fields: Fields, event: BatchEvent) => string {
  let lastHour = Number.NaN
  let text = ''
  return ({ observedAt }, { timestamp }) => {
    if (!(observedAt - timestamp * 1000 > LATE_MS)) return ''
    const hour = Math.floor(timestamp / 3_600)
    if (hour !== lastHour) text = rfc3339(timestamp).slice(0, HOUR_LENGTH)
    lastHour = hour
    return text
  }
}

function parsed({ event }: BatchEvent): Fields {
  return event
}

const LATE_MS = 30 * 60_000
const HOUR_LENGTH = '2026-11-22T22'.length

/**
 * The source only knows seconds. Loki keeps one of several entries with the same time and line, so each event gets its
 * place within the second from its uid: the same at every attempt.
 */
function nanosOf(uid: string): number {
  return Number.parseInt(uid.slice(0, 12), 16) % 1_000_000_000
}

function byTime(a: Entry, b: Entry): number {
  return a.seconds - b.seconds || a.nanos - b.nanos
}

const [COMMA, CLOSE] = [0x2c, 0x5d] as const
