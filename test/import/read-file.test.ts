import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { definition } from '../../connectors/sources/pulumi/index.ts'
import { recordsOfExport } from '../../connectors/sources/pulumi/v1.ts'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import type { RecordFields } from '../../src/connector.ts'
import { type AuditEvent, eventUid, type Identity } from '../../src/event.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { parseNative } from '../../src/formats/native.ts'
import { eventsOfFile, type FileFault } from '../../src/import/read-file.ts'
import { createNormaliser } from '../../src/normalise/normalise.ts'
import { normalisePage } from '../../src/normalise/page.ts'
import { identitiesOfEvent } from '../../src/verify/recompute.ts'
import { tempFolder } from '../engine/temp-folder.ts'

const NINE =
  'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure'
const row = (second: number, description: string, event = 'Stack Created', name = 'Dana') =>
  `2026-05-12T10:00:${String(second).padStart(2, '0')}Z,${name},dana,${event},"${description}",198.51.100.7,false,true,false`
/** Newest first, as the product writes it; three twins in one second, with another row between them. */
const ROWS = [
  row(9, 'stack acme/web/prod'),
  row(5, 'twin', 'Stack Created', 'Dana O'),
  row(5, 'other'),
  row(5, 'twin'),
  row(5, 'twin'),
  row(1, 'over\ntwo lines'),
]
const ORIGIN = { source: 'acme', organization: 'acme', definition, now: () => Date.UTC(2026, 10, 22) }

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = join(tempFolder(), 'export')
  await writeFile(file, content)
  return file
}

async function read(content: string | Uint8Array, rules = {}): Promise<(AuditEvent | FileFault)[]> {
  const items: (AuditEvent | FileFault)[] = []
  for await (const some of eventsOfFile(await fileOf(content), { ...ORIGIN, ...rules })) {
    for (const item of some) items.push('fault' in item ? item : eventIn(item))
  }
  return items
}

/** Its line agrees with the fields beside it, and is written as the spool writes it. */
function eventIn({ uid, timestamp, line }: NewEvent): AuditEvent {
  const event = parseNative(line)
  expect([event.uid, event.timestamp]).toEqual([uid, timestamp])
  expect(Buffer.from(line).toString()).toBe(lineFormat('native').encode(event))
  return event
}

const uidsOf = (items: readonly (AuditEvent | FileFault)[]) =>
  items.flatMap((item) => ('uid' in item ? [`${item.uid} ${item.actor.name}`] : [])).sort()

/** What a poll makes of the same text. */
async function polled(text: string): Promise<string[]> {
  async function* pieces() {
    yield Buffer.from(text)
  }
  const records: RecordFields[] = []
  for await (const some of recordsOfExport(pieces(), { latest: Number.POSITIVE_INFINITY })) {
    records.push(...(some as RecordFields[]))
  }
  const events = normalisePage(records, createNormaliser(ORIGIN), 0)
  return events.map(({ uid, normalised }) => `${uid} ${normalised.members.actor.name}`).sort()
}

const TEXT = [NINE, ...ROWS].join('\n')

test.each<[string, string | Uint8Array]>([
  ['plain', TEXT],
  ['oldest first', [NINE, ...ROWS.toReversed()].join('\n')],
  ['gzip', gzipSync(TEXT)],
  ['zstd', zstdCompressSync(TEXT)],
  [
    'a byte order mark and CRLF',
    `\uFEFF${[NINE, ...ROWS].join('\r\n').replace('over\ntwo', 'over\ntwo')}\r\n`,
  ],
  ['event ids instead of names', TEXT.replaceAll('Stack Created', 'stack-created')],
  ['another order of columns', [swap(NINE), ...ROWS.map(swap)].join('\n')],
  [
    'thirteen columns',
    [`${NINE},TokenID,TokenName,ActorName,ActorUrn`, ...ROWS.map((it) => `${it},,,,`)].join('\n'),
  ],
])('gives the uids that a poll gives: %s', async (_, content) => {
  expect(uidsOf(await read(content))).toEqual(await polled(TEXT))
})

/** The first two columns swapped. */
function swap(line: string): string {
  const [first, second, ...rest] = line.split(',')
  return [second, first, ...rest].join(',')
}

test('of a second that the end of the file cuts, gives uids that a poll gives', async () => {
  const whole = await polled(TEXT)
  for (const part of [ROWS.slice(0, 4), ROWS.slice(3)]) {
    const uids = uidsOf(await read([NINE, ...part].join('\n'))).map((it) => it.slice(0, 64))
    expect(new Set(uids).size).toBe(part.length)
    expect(whole.map((it) => it.slice(0, 64))).toEqual(expect.arrayContaining(uids))
  }
})

test('names each row that is none by its line, and goes on', async () => {
  const bad = 'yesterday,Dana,dana,Stack Created,,,false,false,false'
  const items = await read([NINE, ROWS[0], ROWS[5], bad, 'too,few', ROWS[0], '"unclosed'].join('\n'))
  expect(items.filter((item) => 'fault' in item)).toEqual([
    { line: 5, fault: 'timestamp is missing or not a time' },
    { line: 6, fault: '2 fields where the header has 9' },
    { line: 8, fault: 'a quote is not closed' },
    { line: undefined, fault: expect.stringContaining('is not sorted by time') },
  ])
  expect(uidsOf(items)).toHaveLength(3)
})

test('tells lines of a long file, whichever piece they come in', async () => {
  const rows = Array.from({ length: 5_000 }, (_, at) => (at === 4_321 ? 'broken' : ROWS[5]))
  const items = await read([NINE, ...rows].join('\n'))
  expect(items.filter((item) => 'fault' in item)).toEqual([
    { line: 2 + 4_321 * 2, fault: '1 fields where the header has 9' },
  ])
})

test('takes what auditferry wrote itself, with its own uid', async () => {
  const native = (await read(TEXT)).flatMap((item) => ('uid' in item ? [item] : []))
  const guarded = native.map((event) => ({
    ...event,
    organization: 'old',
    description: '=1+1',
    uid: eventUid(
      { ...(identitiesOfEvent(event)[0] as Identity), organization: 'old', description: '=1+1' },
      2,
    ),
  }))
  const csv = lineFormat('csv')
  const lines = guarded.map((event) => csv.encode(event))
  const [fromCsv] = await read(`${[csv.header, ...lines].join('\r\n')}\r\n`)
  expect(fromCsv).toMatchObject({
    uid: guarded[0]?.uid,
    source: 'acme',
    organization: 'old',
    action: 'stack-created',
    description: '=1+1',
    actor: native[0]?.actor,
  })
  const ndjson = guarded.map((event) => `${lineFormat('native').encode(event)}\n`)
  const back = await read([...ndjson, '\n', '{"uid":1}\n', 'no json'].join(''))
  expect(back.slice(0, guarded.length)).toEqual(guarded)
  expect(back.slice(guarded.length)).toEqual([
    { line: guarded.length + 2, fault: expect.stringContaining('is not a native event: uid') },
    { line: guarded.length + 3, fault: 'is not JSON' },
  ])
})

test('refuses an event whose uid does not follow from its fields, and takes the others', async () => {
  const events = (await read(TEXT)).flatMap((item) => ('uid' in item ? [item] : []))
  const forged = events.map((event, at) => (at === 1 ? { ...event, description: 'nothing happened' } : event))
  const uid = forged[1]?.uid
  const csv = lineFormat('csv')
  const ndjson = forged.map((event) => `${lineFormat('native').encode(event)}\n`).join('')
  const rows = [csv.header, ...forged.map((event) => csv.encode(event))].join('\r\n')
  for (const [text, place] of [
    [ndjson, { line: 2 }],
    [rows, { line: 3 }],
  ] as const) {
    const items = await read(text)
    const fault = expect.stringMatching(/^its uid does not follow from its fields.*--redacted/)
    expect(items.filter((item) => 'fault' in item)).toEqual([{ ...place, refused: uid, fault }])
    expect(uidsOf(items)).toEqual(uidsOf(events.toSpliced(1, 1)))
    // What was redacted can't be recreated; it is accepted on the word of the person who imports it.
    expect(uidsOf(await read(text, { redacted: true }))).toEqual(uidsOf(events))
  }
})

test('names a refused row by its line in a long file, behind rows of several lines', async () => {
  const [event] = (await read([NINE, ROWS[5]].join('\n'))).flatMap((item) => ('uid' in item ? [item] : []))
  const csv = lineFormat('csv')
  const row = csv.encode(event as AuditEvent)
  const forged = row.replace('over', 'under')
  const rows = Array.from({ length: 1_000 }, (_, at) => (at % 300 === 250 ? forged : row))
  const items = await read([csv.header, ...rows].join('\r\n'))
  expect(items.flatMap((item) => ('fault' in item ? [item.line] : []))).toEqual([502, 1_102, 1_702])
})

test('keeps an apostrophe that an event had in front of what a spreadsheet takes for a formula', async () => {
  const [event] = (await read(TEXT)).flatMap((item) => ('uid' in item ? [item] : []))
  const description = "'=1+1"
  const uid = eventUid({ ...(identitiesOfEvent(event as AuditEvent)[0] as Identity), description }, 0)
  const csv = lineFormat('csv')
  const row = csv.encode({ ...(event as AuditEvent), uid, description })
  expect(await read(`${csv.header}\r\n${row}\r\n`)).toMatchObject([{ uid, description }])
})

test.each<[string, string | Uint8Array, string]>([
  ['a page', '<html><body>Sign in</body></html>', 'the export came as HTML instead of CSV'],
  ['nothing', '', 'it is empty'],
  ['nothing, compressed', gzipSync(''), 'it is empty'],
  ['a list', '[1]\n', 'the export came as JSON instead of CSV'],
  ['a torn archive', gzipSync(TEXT.repeat(50)).subarray(0, 300), 'unexpected end of file'],
])('refuses a file that is none: %s', async (_, content, message) => {
  await expect(read(content)).rejects.toThrow(message)
})

test('says in plain words that a folder is none', async () => {
  const reading = eventsOfFile(tmpdir(), ORIGIN).next()
  await expect(reading).rejects.toThrow(`${tmpdir()}: is a folder, not a file`)
})

test('counts twins as the identity does', async () => {
  const [event] = await read([NINE, ROWS[0]].join('\n'))
  const identity = {
    organization: 'acme',
    timestamp: Date.UTC(2026, 4, 12, 10, 0, 9) / 1_000,
    action: 'stack-created',
    login: 'dana',
    sourceIp: '198.51.100.7',
    description: 'stack acme/web/prod',
    ...{ tokenId: '', tokenName: '', actorName: '', actorUrn: '' },
    ...{ orgAdmin: false, stackAdmin: true, authFailure: false },
  }
  expect(event).toMatchObject({ uid: eventUid(identity, 0) })
})
