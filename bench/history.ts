/**
 * The events of every scenario: invented from a seed, padded to about 500 B each as an entry of the API's JSON
 * list, and kept ready in a temporary folder in the forms that are served or sent, so that making them costs none of
 * the scenarios anything.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { columnsOf as indexColumns, recordOfRow } from '../connectors/sources/pulumi/normalise.ts'
import { ByteWriter } from '../src/lib/byte-writer.ts'
import { createNormaliser } from '../src/normalise/normalise.ts'
import { normalisePage, writeLine } from '../src/normalise/page.ts'
import { columnsOf, csvHeader, csvRow, jsonEntry } from '../test/emulators/pulumi/encode.ts'
import type { EmulatedEvent } from '../test/emulators/pulumi/event.ts'
import { inventEvent, inventHistory } from '../test/emulators/pulumi/invent.ts'
import { defaultSwitches } from '../test/emulators/pulumi/switches.ts'

export const SOURCE = 'bench'
export const ORGANIZATION = 'acme'

export interface History {
  /** Gzipped export (v1) and list (v2), newest first: the events, and one before `start`. */
  readonly csv: string
  readonly json: string
  /** The newest event and the one before `start`: what is left to read when all was read. */
  readonly tail: string
  /** The events in native format, NDJSON, oldest first: what a peer gets to send. */
  readonly native: string
  readonly start: number
  /** Bytes an event in each form, before compression. */
  readonly bytes: { readonly csv: number; readonly json: number; readonly native: number }
}

interface HistoryOptions {
  readonly events: number
  /** Events a second at the source. */
  readonly density: number
}

export const SEED = 11
export const NEWEST = 1_790_000_000
const JSON_BYTES = 500
/** Bump when the events change: files of another edition are made anew. */
const EDITION = 4

/** Made at the first call, found at the next ones. */
export async function openHistory({ events, density }: HistoryOptions): Promise<History> {
  const folder = join(tmpdir(), `auditferry-bench-${EDITION}-${events}-${density}`)
  mkdirSync(folder, { recursive: true })
  const about = join(folder, 'about.json')
  if (!existsSync(about)) {
    const made = await make(folder, { events, density })
    writeFileSync(`${about}.part`, JSON.stringify(made))
    renameSync(`${about}.part`, about)
  }
  return JSON.parse(readFileSync(about, 'utf8')) as History
}

async function make(folder: string, { events, density }: HistoryOptions): Promise<History> {
  // One event more than asked for: it lies before `start`, and so proves to the reader that it has seen all.
  const invented = inventHistory({ seed: SEED, count: events + 1, newest: NEWEST, density })
  const start = invented.timestampAt(0) + 1
  const eventAt = (index: number) =>
    padded(
      index === 0
        ? before(start)
        : { ...invented.eventAt(index), timestamp: Math.max(start, invented.timestampAt(index)) },
      index,
    )
  const columns = columnsOf(defaultSwitches)
  const row = (index: number) => csvRow(eventAt(index), columns, defaultSwitches)
  const entry = (index: number) => jsonEntry(eventAt(index), defaultSwitches)
  const native = createNativeLines()
  const line = (index: number) => `${Buffer.from(native(eventAt(index)).line).toString()}\n`
  const path = (name: string) => join(folder, name)
  const csv = await write(path('export.csv.gz'), chunks(csvHeader(defaultSwitches), events, 0, row, ''))
  const json = await write(
    path('list.json.gz'),
    chunks('{"auditLogEvents":[', events, 0, (at) => entry(at) + (at === 0 ? '' : ','), ']}'),
  )
  await write(path('tail.csv.gz'), [csvHeader(defaultSwitches) + row(events) + row(0)])
  const ndjson = await write(path('events.ndjson.gz'), chunks('', events, 1, line, ''))
  return {
    csv: path('export.csv.gz'),
    json: path('list.json.gz'),
    tail: path('tail.csv.gz'),
    native: path('events.ndjson.gz'),
    start,
    bytes: {
      csv: Math.round(csv / events),
      json: Math.round(json / events),
      native: Math.round(ndjson / events),
    },
  }
}

/** Events in native format, as the engine makes them. */
export function createNativeLines(): (event: EmulatedEvent) => {
  readonly uid: string
  readonly timestamp: number
  readonly line: Uint8Array
} {
  const normalise = createNormaliser({ source: SOURCE, organization: ORGANIZATION })
  const indices = indexColumns(columnsOf(defaultSwitches))
  return (event) => {
    const record = recordOfRow(cellsOf(event), indices, Infinity)
    if (typeof record === 'string') throw new Error(record)
    const [made] = normalisePage([record], normalise, NEWEST * 1000)
    if (made === undefined) throw new Error('no event was made')
    const out = new ByteWriter()
    writeLine(out, made)
    return { uid: made.uid, timestamp: made.timestamp, line: Buffer.from(out.written()) }
  }
}

function before(start: number): EmulatedEvent {
  return inventEvent(SEED, 0, start - 1)
}

/** With the token and the long description that bring an entry to its size. */
export function padded(event: EmulatedEvent, index: number): EmulatedEvent {
  const full = {
    ...event,
    tokenID: event.tokenID ?? '5e0f2c5c-8a1f-4b54-9d5c-6f1f0f2f3a77',
    tokenName: event.tokenName ?? 'ci-deploy',
  }
  const missing = JSON_BYTES - jsonEntry(full, defaultSwitches).length - 1
  let text = ''
  for (let word = index; text.length < missing; word = (word * 7 + 13) % 65_521)
    text += ` ${WORDS[word % WORDS.length]}${word % 10}`
  return { ...full, description: full.description + text }
}

const WORDS =
  'merge branch release fix pipeline preview resource bucket policy network gateway replica secret rotation tag subnet'.split(
    ' ',
  )

function cellsOf(event: EmulatedEvent): string[] {
  const { timestamp, user, event: name, description, sourceIP } = event
  const flags = [event.reqOrgAdmin, event.reqStackAdmin, event.authFailure].map((flag) => `${flag ?? false}`)
  const token = [event.tokenID ?? '', event.tokenName ?? '', '', '']
  return [`${timestamp}`, user.name, user.githubLogin, name, description, sourceIP, ...flags, ...token]
}

/** Newest first when `oldest` is 0; oldest first from 1 on otherwise. */
function* chunks(
  head: string,
  events: number,
  oldest: 0 | 1,
  text: (index: number) => string,
  tail: string,
): Generator<string> {
  let chunk = head
  for (let at = 0; at < events + 1 - oldest; at++) {
    chunk += text(oldest === 0 ? events - at : at + 1)
    if (chunk.length < 1 << 16) continue
    yield chunk
    chunk = ''
  }
  yield chunk + tail
}

/** Answers the size before compression. */
async function write(path: string, text: Iterable<string>): Promise<number> {
  let size = 0
  function* counted() {
    for (const chunk of text) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      yield bytes
    }
  }
  await pipeline(Readable.from(counted()), createGzip({ level: 1 }), createWriteStream(path))
  return size
}
