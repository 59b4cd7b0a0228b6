/**
 * Sinks of objects: which objects a batch becomes, one per hour: their keys, their order, their bytes before
 * compression. Pure.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Batch, BatchEvent } from '../../connector.ts'
import type { LineFormat } from '../../formats/format.ts'
import { framedLines } from '../../formats/framed-lines.ts'
import { linkObject } from '../../integrity/chain.ts'
import { COMPRESSED_ENDING, type Compression } from '../compression.ts'

/** For the shape of a sink's options. */
export const objectOptions = {
  prefix: z
    .string()
    .refine((it) => !it.split('/').some((part) => part === '.' || part === '..'), 'may not hold . or ..')
    .default('')
    .describe('Prefix of every key, such as `audit/pulumi`.'),
  layout: z
    .enum(['hive', 'plain'])
    .default('hive')
    .describe(
      'Key layout: `hive` (org=…/dt=…/hour=…) for Athena and similar tools, `plain` (YYYY/MM/DD/HH).',
    ),
  compression: z
    .enum(['gzip', 'zstd', 'none'])
    .default('gzip')
    .describe('Compression of each object; the key’s ending shows it.'),
}

export interface ObjectLayout {
  readonly prefix: string
  readonly layout: 'hive' | 'plain'
  readonly compression: Compression
}

/** The events of one object, sorted by time and uid. */
export interface HourGroup {
  readonly events: readonly BatchEvent[]
  /** Position of each event in the batch. */
  readonly positions: readonly number[]
}

const HOUR = 3600
/** A four-digit year, which `dt=YYYY-MM-DD` can hold: 0000-01-01 to 9999-12-31. */
const EARLIEST = -62_167_219_200
const LATEST = 253_402_300_799
const MIME = { gzip: 'application/gzip', zstd: 'application/zstd' }

export function isPlaceable(event: BatchEvent): boolean {
  return event.timestamp >= EARLIEST && event.timestamp <= LATEST
}

/** One group for each UTC hour that placeable events fall in, the earliest first. */
export function groupByHour(events: readonly BatchEvent[]): HourGroup[] {
  return groupBy(events, ({ timestamp }) => Math.floor(timestamp / HOUR))
}

/** One group for each key of placeable events, in the order of their first events. */
export function groupBy(
  events: readonly BatchEvent[],
  keyOf: (event: BatchEvent) => string | number,
): HourGroup[] {
  const order = events
    .map((event, position) => ({ event, position }))
    .filter(({ event }) => isPlaceable(event))
    .sort((a, b) => a.event.timestamp - b.event.timestamp || compare(a.event.uid, b.event.uid))
  return [...Map.groupBy(order, ({ event }) => keyOf(event)).values()].map((members) => ({
    events: members.map(({ event }) => event),
    positions: members.map(({ position }) => position),
  }))
}

/**
 * The key is a function of the source and the events: the same events have the same key, others a different one.
 * The hash covers source and uids, so that two sources or two halves of an hour never share a key.
 */
export function objectKey(batch: Batch, group: HourGroup, format: LineFormat, layout: ObjectLayout): string {
  const org = escapePart(batch.organization)
  const name = `${objectName(batch.source, group.events)}.${format.extension}${COMPRESSED_ENDING[layout.compression]}`
  const second = group.events[0]?.timestamp ?? 0
  const folder = partitionPrefix(batch.organization, layout.layout) + hourFolder(second, layout.layout)
  const file = layout.layout === 'hive' ? name : `${escapePart(batch.source)}-${org}-${name}`
  return keyPrefix(layout.prefix) + folder + file
}

/** `<first>-<last>-<hash>` of at least one event, in the order of time. */
export function objectName(source: string, events: readonly BatchEvent[]): string {
  const [first, last] = [events.at(0), events.at(-1)]
  if (first === undefined || last === undefined) throw new RangeError('an object needs an event')
  return `${first.timestamp}-${last.timestamp}-${digest(source, events)}`
}

/** What goes between the prefix and the hour. */
export function partitionPrefix(organization: string, layout: ObjectLayout['layout']): string {
  return layout === 'hive' ? `org=${escapePart(organization)}/` : ''
}

/** `dt=2026-11-22/hour=21/` or `2026/11/22/21/`. */
export function hourFolder(second: number, layout: ObjectLayout['layout']): string {
  const [date = '', time = ''] = new Date(second * 1000).toISOString().split('T')
  const hour = time.slice(0, 2)
  return layout === 'hive' ? `dt=${date}/hour=${hour}/` : `${date.replaceAll('-', '/')}/${hour}/`
}

/** `audit/pulumi/`; empty for an empty prefix. */
export function keyPrefix(prefix: string): string {
  const parts = prefix.split('/').filter((part) => part !== '')
  return parts.map((part) => `${escapeSegment(part)}/`).join('')
}

export function contentType(format: LineFormat, compression: Compression): string {
  if (compression !== 'none') return MIME[compression]
  return format.extension === 'ndjson' ? 'application/x-ndjson' : format.contentType
}

/**
 * The object's bytes piece by piece; payloads are handed on, not copied, unless they are linked. Each is asked for when
 * its turn comes, so that a large batch is never in memory as a whole.
 */
export function pieces(group: HourGroup, format: LineFormat, isChained = false): Generator<Uint8Array> {
  const payloads = linesOf(group)
  return framedLines(isChained ? linkObject(payloads, group.events.length) : payloads, format)
}

/** The lines of its events, without header and line ends. */
export function* linesOf(group: HourGroup): Generator<Uint8Array> {
  for (const { payload } of group.events) yield payload
}

/** First 12 hex digits of SHA-256 over the source id and the uids in order. */
function digest(source: string, events: readonly BatchEvent[]): string {
  const hash = createHash('sha256').update(source)
  for (const event of events) hash.update('\n').update(event.uid)
  return hash.digest('hex').slice(0, 12)
}

/** `=` would look like a partition of its own inside a value. */
function escapePart(text: string): string {
  return escapeSegment(text).replaceAll('=', '%3D')
}

/** Keeps what S3 calls safe (without `/`) and percent-escapes the UTF-8 bytes of everything else. */
function escapeSegment(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9!_.*'()=-]+/g, (unsafe) =>
    [...Buffer.from(unsafe)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
