/**
 * How Loki handles a push: it reads it strictly, keeps the good entries of each stream, and says what is wrong with the
 * others.
 */
import { parseJsonWith } from '../intake/json-in-pieces.ts'
import { PlainEntry, readPlainEntry } from './plain-entry.ts'

export interface LokiEntry {
  readonly labels: Readonly<Record<string, string>>
  readonly nanoseconds: bigint
  readonly line: string
  /** Bytes of the line. */
  readonly size: number
  readonly metadata: Readonly<Record<string, string>>
  /** Structured metadata `uid`; empty without it. */
  readonly uid: string
}

/** Limits as in limits_config; tests may change them. */
export interface LokiLimits {
  /** The clock in Unix seconds that decides what is too old or too new; without it nothing is. */
  now: number | undefined
  rejectOldSeconds: number
  maxLineSize: number
  maxLabels: number
  /** Half of max_chunk_age. */
  windowSeconds: number
  allowStructuredMetadata: boolean
  /** Bytes of lines and metadata in one push. */
  burstBytes: number
  /** The status that a blocked tenant gets. */
  blocked: number | undefined
}

interface Stream {
  highest: bigint
  /** By time: entries of the same time differ in line or metadata. */
  readonly entries: Map<bigint, readonly KeptEntry[]>
}

/** Its position; line and metadata stay in the push's bytes until a test reads them. */
interface KeptEntry {
  readonly uid: string
  readonly push: Push
  /** Its position among the entries of the push. */
  readonly at: number
}

interface Push {
  /** Decompressed. */
  body(): Buffer
}

/** The entries of a push, in order, or what is wrong with it. */
type ReadEntries = (push: Push) => readonly LokiEntry[] | string

export interface LokiAnswer {
  readonly status: number
  readonly body: string
}

const refused = (body: string): LokiAnswer => ({ status: 400, body: `${body}\n` })

/** Keeps the push that was read last. */
export function createReader(): ReadEntries {
  let last: Push | undefined
  let found: readonly LokiEntry[] | string = []
  return (push) => {
    if (push !== last) found = readPush(push.body())
    last = push
    return found
  }
}

export interface Loki {
  readonly streams: Map<string, Stream>
  readonly limits: LokiLimits
  readonly read: ReadEntries
}

/** `fault` returns the error for an entry that a test wants refused. */
export function take(push: Push, loki: Loki, fault: (entry: LokiEntry) => string | undefined): LokiAnswer {
  const { limits, read } = loki
  if (limits.blocked !== undefined)
    return {
      status: limits.blocked,
      body: `ingestion blocked for user x until 'later' with status code '${limits.blocked}'`,
    }
  const entries = read(push)
  if (typeof entries === 'string') return refused(entries)
  if (entries.length === 0)
    return { status: 422, body: 'error at least one valid stream is required for ingestion\n' }
  const bytes = entries.reduce((sum, { size, metadata }) => sum + size + JSON.stringify(metadata).length, 0)
  if (bytes > limits.burstBytes)
    return {
      status: 429,
      body: `Ingestion rate limit exceeded for user x (limit: ${limits.burstBytes} bytes/sec)`,
    }
  const errors = new Set<string>()
  const nameOf = createNames()
  const keep = createKeep(loki)
  for (const [at, entry] of entries.entries()) {
    const name = nameOf(entry.labels)
    const error = invalid(entry, name, limits) ?? fault(entry) ?? keep(name, entry, push, at)
    if (error !== undefined) errors.add(error)
  }
  return errors.size === 0 ? { status: 204, body: '' } : refused([...errors].slice(0, 10).join('\n'))
}

/** Validation in the distributor. */
function invalid(
  { labels, nanoseconds, size, metadata }: LokiEntry,
  stream: string,
  limits: LokiLimits,
): string | undefined {
  const count = Object.keys(labels).length
  const seconds = limits.now === undefined ? 0 : Number(nanoseconds / 1_000_000_000n)
  if (count > limits.maxLabels)
    return `entry for stream '${stream}' has ${count} label names; limit ${limits.maxLabels}`
  if (Object.values(labels).some((it) => it.length > 2048))
    return `stream '${stream}' has label value too long: '…'`
  if (limits.now !== undefined && seconds < limits.now - limits.rejectOldSeconds)
    return `entry for stream '${stream}' has timestamp too old: ${seconds}, oldest acceptable timestamp is: ${limits.now - limits.rejectOldSeconds}`
  if (limits.now !== undefined && seconds > limits.now + 600)
    return `entry for stream '${stream}' has timestamp too new: ${seconds}`
  if (size > limits.maxLineSize)
    return `Max entry size '${limits.maxLineSize}' bytes exceeded for stream '${stream}' while adding an entry with length '${size}' bytes`
  if (Object.keys(metadata).length > 0 && !limits.allowStructuredMetadata)
    return `stream '${stream}' includes structured metadata, but this feature is disallowed. Please see \`limits_config.allow_structured_metadata\``
  return undefined
}

/** The ingester refuses an entry outside its time window, and keeps one of the same time, line and metadata once. */
function createKeep({ streams, limits, read }: Loki) {
  return (name: string, entry: LokiEntry, push: Push, at: number) => {
    const { nanoseconds, metadata, uid } = entry
    const stream = streams.get(name) ?? { highest: 0n, entries: new Map<bigint, readonly KeptEntry[]>() }
    streams.set(name, stream)
    if (nanoseconds < stream.highest - BigInt(limits.windowSeconds) * 1_000_000_000n)
      return `entry with timestamp ${nanoseconds} ignored, reason: 'entry too far behind' for stream: ${name},\ntotal ignored: 1 out of 1`
    if (nanoseconds > stream.highest) stream.highest = nanoseconds
    const before = stream.entries.get(nanoseconds) ?? []
    const isKnown = before.some((it) => {
      const known = entryAt(read, it)
      return known.line === entry.line && JSON.stringify(known.metadata) === JSON.stringify(metadata)
    })
    if (!isKnown) stream.entries.set(nanoseconds, [...before, { uid, push, at }])
    return undefined
  }
}

export function entryAt(read: ReadEntries, { push, at }: KeptEntry): LokiEntry {
  const entry = read(push)[at]
  if (typeof entry !== 'object') throw new Error(`no entry ${at}`)
  return entry
}

/** Label sets, each printed only once. */
function createNames(): (labels: LokiEntry['labels']) => string {
  const names = new Map<LokiEntry['labels'], string>()
  return (labels) => {
    const known = names.get(labels)
    if (known !== undefined) return known
    const name = printed(labels)
    names.set(labels, name)
    return name
  }
}

function printed(labels: LokiEntry['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `{${pairs.toSorted().join(', ')}}`
}

function readPush(bytes: Buffer): LokiEntry[] | string {
  const body = parseJsonWith(readPlainEntry, bytes, ['streams'], ['values'])
  if (body === undefined)
    return 'loghttp.PushRequest.Streams: []loghttp.LogProtoStream: unexpected end of JSON input'
  const { streams } = (body ?? {}) as { streams?: unknown }
  if (!Array.isArray(streams)) return 'loghttp.PushRequest.Streams: expects an array'
  const found: LokiEntry[] = []
  for (const { stream, values } of streams as { stream?: unknown; values?: unknown }[]) {
    if (!isTexts(stream) || Object.keys(stream).length === 0)
      return 'error at least one label pair is required per stream'
    if (Object.keys(stream).some((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)))
      return `Error parsing labels '${printed(stream)}' with error: 1:2: parse error`
    if (!Array.isArray(values)) return 'loghttp.LogProtoStream.values: expects an array'
    for (const value of values) {
      const entry = readEntry(stream, value)
      if (typeof entry === 'string') return entry
      found.push(entry)
    }
  }
  return found
}

function readEntry(labels: Record<string, string>, value: unknown): LokiEntry | string {
  if (value instanceof PlainEntry) {
    value.labels = labels
    return value
  }
  const [time, line, metadata = {}, ...more] = Array.isArray(value) ? value : []
  if (typeof time !== 'string' || !/^\d{1,19}$/.test(time))
    return "Value is string, but can't parse it as a timestamp"
  if (typeof line !== 'string' || more.length > 0)
    return 'Value is array, but its second element is no string'
  if (!isTexts(metadata)) return 'structured metadata: values must be strings'
  const size = Buffer.byteLength(line)
  return { labels, nanoseconds: BigInt(time), line, size, metadata, uid: metadata.uid ?? '' }
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((it) => typeof it === 'string')
  )
}
