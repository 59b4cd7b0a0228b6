/**
 * An archive in SQLite: how fast it takes events, and how long people wait for a page. Events are invented while it is
 * filled, outside of the clock: 400 users and 30,000 addresses, of which few do most, and words that one event in ten,
 * in a thousand and in a hundred thousand has. Each kind of query is made with several values, twice each.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventQuery } from '../src/archive/archive.ts'
import { createSqliteArchive } from '../src/archive/sqlite/archive.ts'
import type { NewEvent, StoredArchive } from '../src/archive/stored-archive.ts'
import { lineFormat } from '../src/formats/formats.ts'
import { parseNative } from '../src/formats/native.ts'
import { inventEvent } from '../test/emulators/pulumi/invent.ts'
import { createNativeLines, NEWEST, padded, SEED } from './history.ts'
import type { Result, ScenarioOptions } from './scenarios.ts'

const BATCH = 5_000
const USERS = 400
const ADDRESSES = 30_000
/** A year, whatever the number of events. */
const SPAN = 365 * 86_400

/** `AUDITFERRY_BENCH_ARCHIVE` keeps the file there, and asks one that is there already. */
export async function measureArchive({ events }: ScenarioOptions): Promise<Result[]> {
  const kept = process.env.AUDITFERRY_BENCH_ARCHIVE
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'auditferry-archive-'))
  const path = join(folder, `archive-${events}.db`)
  const archive = createSqliteArchive({ path, now: Date.now })
  try {
    const { events: there } = await archive.extent(never)
    const filled = await fill(archive, there, events)
    const size = { what: 'on disk', figures: { 'B per event': statSync(path).size / events } }
    return [...filled, size, ...(await askAll(archive)), ...(await stream(archive, events))]
  } finally {
    await archive.close()
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

const never = new AbortController().signal

async function fill(archive: StoredArchive, from: number, to: number): Promise<Result[]> {
  if (from >= to) return []
  const event = createEvents(to)
  let [seconds, slowest] = [0, 0]
  for (let at = from; at < to; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, to - at) }, (_, index) => event(at + index))
    const startedAt = performance.now()
    await archive.append(batch)
    const took = (performance.now() - startedAt) / 1000
    seconds += took
    slowest = Math.max(slowest, took)
  }
  return [
    {
      what: `appended, batches of ${BATCH}`,
      figures: { 'events/s': (to - from) / seconds, 's slowest': slowest },
    },
  ]
}

function createEvents(count: number): (index: number) => NewEvent {
  const native = createNativeLines()
  return (index) => {
    const timestamp = NEWEST - SPAN + Math.floor((index / count) * SPAN)
    const event = inventEvent(SEED, index, timestamp)
    const user = skewed(index, USERS)
    const words = [
      index % 10 === 3 ? ' gamma' : '',
      index % 1_000 === 7 ? ' omicron' : '',
      index % 100_000 === 11 ? ' zeppelin' : '',
    ]
    return native(
      padded(
        {
          ...event,
          user: { ...event.user, githubLogin: `user-${user}`, name: `User ${user}` },
          sourceIP: addressOf(skewed(index * 31, ADDRESSES)),
          description: event.description + words.join(''),
        },
        index,
      ),
    )
  }
}

/** Of `count` values the first are drawn far more often than the last. */
function skewed(index: number, count: number): number {
  const random = ((index * 2_654_435_761) % 4_294_967_296) / 4_294_967_296
  return Math.floor(count * random ** 4)
}

function addressOf(number: number): string {
  return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
}

const QUESTIONS: readonly (readonly [string, readonly EventQuery[]])[] = [
  ['first page', [{}, { organization: 'acme' }, { source: 'bench' }]],
  ['first page of a user', [0, 7, 150, 399].map((user) => ({ login: `user-${user}` }))],
  ['first page of an address', [0, 500, 29_999].map((number) => ({ address: addressOf(number) }))],
  [
    'first page of a kind',
    [
      { category: 'stacks' },
      { action: 'user-login' },
      { outcome: 'failure' },
      { severity: 4 },
      { operation: 'delete' },
    ],
  ],
  ['text: common words', ['stack', 'p', 'gamma', 'merge branch', 'user up'].map((text) => ({ text }))],
  [
    'text: rare words',
    ['omicron', 'zeppelin', 'zep stack', 'zeppelin p', 'omicron gamma'].map((text) => ({ text })),
  ],
  ['text: no such word', ['quux', 'quux stack', 'p quux', 'zeppelin omicron'].map((text) => ({ text }))],
  [
    'text and facets',
    [
      { text: 'stack', login: 'user-399' },
      { text: 'p', severity: 4 },
      { text: 'gamma', category: 'stacks', login: 'user-0' },
      { text: 'zeppelin', outcome: 'success' },
    ],
  ],
]

async function askAll(archive: StoredArchive): Promise<Result[]> {
  const rows: Result[] = []
  for (const [what, queries] of QUESTIONS)
    rows.push(
      await timed(
        what,
        queries.map((query) => () => archive.page(query, { limit: 100 }, never)),
      ),
    )
  const cursor = await deep(archive)
  rows.push(
    await timed(
      'a page from the middle',
      [{}, { login: 'user-7' }, { text: 'stack' }].map(
        (query) => () => archive.page(query, { limit: 100, cursor }, never),
      ),
    ),
  )
  rows.push(await timed('find by uid', await lookups(archive)))
  const { newest = NEWEST } = await archive.extent(never)
  const counts = [
    {},
    { category: 'stacks' },
    { from: newest - 86_400 },
    { from: newest - 30 * 86_400 + 1_234 },
  ]
  rows.push(
    await timed(
      'histogram by days',
      counts.map((query) => () => archive.histogram(query, 86_400, never)),
    ),
  )
  rows.push(
    await timed(
      'top users',
      counts.map((query) => () => archive.top(query, 'login', 10, never)),
    ),
  )
  rows.push(
    await timed(
      'top addresses',
      counts.map((query) => () => archive.top(query, 'address', 10, never)),
    ),
  )
  rows.push(
    await timed(
      'histogram of a user',
      [{ login: 'user-7' }, { login: 'user-399' }].map(
        (query) => () => archive.histogram(query, 86_400, never),
      ),
    ),
  )
  rows.push(
    await timed(
      'histogram of a word',
      [{ text: 'gamma' }, { text: 'omicron' }].map((query) => () => archive.histogram(query, 86_400, never)),
    ),
  )
  return rows
}

/** Where the events of half a year ago begin. */
async function deep(archive: StoredArchive): Promise<string> {
  const { next } = await archive.page({ to: NEWEST - SPAN / 2 }, { limit: 1 }, never)
  if (next === undefined) throw new Error('the archive is too small for a page from the middle')
  return next
}

async function lookups(archive: StoredArchive) {
  const ends = [NEWEST, NEWEST - SPAN / 2, NEWEST - (SPAN / 10) * 9.9]
  const pages = await Promise.all(ends.map((to) => archive.page({ to }, { limit: 1 }, never)))
  return pages
    .flatMap(({ events }) => events)
    .map(
      ({ uid }) =>
        () =>
          archive.find(uid, never),
    )
}

async function timed(what: string, questions: readonly (() => Promise<unknown>)[]): Promise<Result> {
  const took: number[] = []
  for (const round of [1, 2]) {
    for (const [at, ask] of questions.entries()) {
      const startedAt = performance.now()
      await ask()
      took.push(performance.now() - startedAt)
      if (process.env.AUDITFERRY_BENCH_VERBOSE)
        process.stderr.write(`${what} ${at}.${round}: ${took.at(-1)?.toFixed(1)} ms\n`)
    }
  }
  took.sort((a, b) => a - b)
  return {
    what,
    figures: { 'ms median': took[took.length >> 1] ?? Number.NaN, 'ms worst': took.at(-1) ?? Number.NaN },
  }
}

/** All events as CSV, as a download does it. Where memory is flat, its peak is that of the first quarter. */
async function stream(archive: StoredArchive, events: number): Promise<Result[]> {
  const csv = lineFormat('csv')
  const startedAt = performance.now()
  const [{ rss: before }, seen] = [process.memoryUsage(), { rows: 0, bytes: 0, rss: 0, quarter: 0 }]
  for await (const piece of archive.read({}, never)) {
    const text = piece.map(({ line }) => csv.encode(parseNative(line)) + csv.lineEnd).join('')
    seen.rows += piece.length
    seen.bytes += Buffer.byteLength(text)
    seen.rss = Math.max(seen.rss, process.memoryUsage().rss)
    if (seen.rows <= events / 4) seen.quarter = seen.rss
  }
  if (seen.rows !== events) throw new Error(`${seen.rows} events were read, not ${events}`)
  const seconds = (performance.now() - startedAt) / 1000
  return [
    {
      what: 'all of it as CSV',
      figures: {
        'rows/s': seen.rows / seconds,
        'MiB before': before / 2 ** 20,
        'MiB more at its peak': (seen.rss - before) / 2 ** 20,
        'MiB more at a quarter': (seen.quarter - before) / 2 ** 20,
      },
    },
  ]
}
