/** Opening the file by hand doesn't allow any change; removing the triggers first is detected. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openFolder } from '../../src/verify/folder.ts'
import { verify } from '../../src/verify/verify.ts'
import { PATIENCE_MS } from '../patience.ts'
import { newEvents, openArchive, scratchPath } from './rig.ts'

const EVENTS = newEvents(300)

async function filled(): Promise<string> {
  const path = await scratchPath()
  const archive = openArchive(path)
  await archive.append(EVENTS.slice(0, 200))
  await archive.append(EVENTS.slice(200))
  await archive.close()
  return path
}

function byHand(path: string, ...statements: string[]): void {
  const db = new DatabaseSync(path)
  try {
    for (const statement of statements) db.exec(statement)
  } finally {
    db.close()
  }
}

it('is closed to other users wherever it is', async () => {
  const path = await scratchPath()
  const archive = openArchive(path)
  await archive.append(EVENTS)
  const files = [path, `${path}-wal`, `${path}.lock`]
  expect(files.map((file) => statSync(file).mode & 0o007)).toEqual([0, 0, 0])
  await archive.close()
})

const reportOf = async (path: string) =>
  verify(await openFolder(path), { redacted: false, publicKey: undefined, anchor: undefined })

it.each([
  'UPDATE events SET login = 0',
  'DELETE FROM events',
  'UPDATE payloads SET blob = zeroblob(9)',
  'DELETE FROM payloads',
  'UPDATE entries SET count = 1',
  'DELETE FROM entries',
  "UPDATE texts SET text = 'x'",
  'DELETE FROM texts',
])('refuses manual changes: %s', async (statement) => {
  const path = await filled()
  expect(() => byHand(path, statement)).toThrow('an archived event is never changed')
  expect(await reportOf(path)).toMatchObject({ ok: true, events: 300, faults: [] })
})

describe('verify, after the triggers were removed', () => {
  const drop = (table: string) => ['unchanged', 'kept'].map((kind) => `DROP TRIGGER ${table}_${kind}`)
  const victim = 'key = (SELECT key FROM events ORDER BY key LIMIT 1 OFFSET 5)'
  it.each([
    [
      'a row changed',
      'changed',
      [...drop('events'), `UPDATE events SET login = login + 1 WHERE ${victim}`],
      EVENTS[5]?.uid,
    ],
    ['a row removed', 'missing', [...drop('events'), `DELETE FROM events WHERE ${victim}`], EVENTS[5]?.uid],
    [
      'a row added',
      'added',
      [
        'INSERT INTO events SELECT key + 9, 99, place, uid, organization, source, action, category, operation, outcome, severity, login, address, project, stack FROM events LIMIT 1',
      ],
      undefined,
    ],
    [
      'a payload cut',
      'damaged',
      [...drop('payloads'), 'UPDATE payloads SET blob = substr(blob, 1, 100) WHERE number = 1'],
      undefined,
    ],
    // SQLite stores values of another type than their column's.
    [
      'a payload made a number',
      'damaged',
      [...drop('payloads'), 'UPDATE payloads SET blob = 5 WHERE number = 1'],
      undefined,
    ],
    [
      'a hash made a text',
      'changed',
      [...drop('entries'), "UPDATE entries SET hash = 'x', payload_hash = 'y' WHERE number = 2"],
      undefined,
    ],
    [
      'a payload of another entry',
      'changed',
      [
        ...drop('payloads'),
        'UPDATE payloads SET blob = (SELECT blob FROM payloads WHERE number = 1) WHERE number = 2',
      ],
      undefined,
    ],
    [
      'a payload removed',
      'missing',
      [...drop('payloads'), 'DELETE FROM payloads WHERE number = 2'],
      undefined,
    ],
    ['an entry removed', 'missing', [...drop('entries'), 'DELETE FROM entries WHERE number = 2'], undefined],
    [
      'a time changed',
      'changed',
      [...drop('entries'), 'UPDATE entries SET archived_at = 1 WHERE number = 2'],
      undefined,
    ],
    [
      'an event hidden from searches for its severity',
      'missing',
      [
        "INSERT INTO words_1 (words_1, rowid, words) SELECT 'delete', key, '_v' || severity FROM events LIMIT 1",
      ],
      undefined,
    ],
    ['all hidden', 'missing', ["INSERT INTO words_1 (words_1) VALUES ('delete-all')"], undefined],
    [
      'an event found that is none',
      'added',
      ["INSERT INTO words_1 (rowid, words) SELECT 5, '_v' || severity FROM events LIMIT 1"],
      undefined,
    ],
    ['all left out of searches as too new', 'missing', ['UPDATE shards SET oldest = newest + 1'], undefined],
    ['the newest left out of searches', 'missing', ['UPDATE shards SET newest = newest - 1'], undefined],
    ['a count of an hour changed', 'changed', ['UPDATE tallies SET count = count + 1'], undefined],
    ['the counts of hours removed', 'changed', ['DELETE FROM tallies'], undefined],
    ['failures of a day added', 'changed', ['UPDATE day_tallies SET failures = failures + 1'], undefined],
    [
      'a user of a day exchanged',
      'changed',
      ['UPDATE day_tallies SET value = value + 1000 WHERE field = 1'],
      undefined,
    ],
    ['the index removed', 'damaged', ['DROP TABLE words_1'], undefined],
  ] as const)('names %s', async (_, kind, statements, uid) => {
    const path = await filled()
    byHand(path, ...statements)
    const { ok, faults } = await reportOf(path)
    expect(ok).toBe(false)
    expect(faults[0]).toMatchObject({ kind, file: path, ...(uid !== undefined && { uid }) })
    expect(JSON.stringify(faults)).not.toContain('must be')
  })

  it.each([
    ['the first page', 120],
    ['another page', 8_200],
  ])('says what to do about a file of which %s is damaged', async (_, place) => {
    const path = await filled()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xa5, place, place + 400))
    const { ok, faults } = await reportOf(path)
    expect(ok).toBe(false)
    expect(faults[0]).toMatchObject({
      kind: 'damaged',
      message: expect.stringMatching(/bring back a copy, or .*backfill --sink/),
    })
  })
})

it('gives the id of a text that retention removed to no other: a search may still have it', async () => {
  const path = await scratchPath()
  const before = openArchive(path)
  await before.append(EVENTS.slice(0, 3))
  await before.close()
  const numbers = () => {
    const db = new DatabaseSync(path)
    const rows = db.prepare('SELECT id FROM texts').all() as { id: number }[]
    db.close()
    return rows.map(({ id }) => id)
  }
  const given = numbers()
  const archive = openArchive(path)
  expect(await archive.dropBefore(1_795_500_000)).toBe(3)
  expect(numbers()).toEqual([])
  await archive.append(EVENTS.slice(3, 6))
  expect(Math.min(...numbers())).toBeGreaterThan(Math.max(...given))
})

it('leaves out a value whose text was removed while it was counted', async () => {
  const path = await filled()
  byHand(path, 'DROP TRIGGER texts_kept', "DELETE FROM texts WHERE text IN ('dana', 'stacks')")
  const archive = openArchive(path)
  const soon = AbortSignal.timeout(PATIENCE_MS)
  const top = await archive.top({}, 'login', 9, soon)
  expect(top.map(({ value }) => value).sort()).toEqual(['ci-bot', 'omar'])
  const slices = await archive.histogram({}, 3_600, soon)
  expect(slices.flatMap(({ counts }) => Object.keys(counts))).not.toContain('')
})

it('retention drops only whole days, and the chain holds from its floor on', async () => {
  const path = await scratchPath()
  const archive = openArchive(path)
  const day = 1_795_392_000
  const at = (timestamp: number, from: number) =>
    newEvents(150, from).map((event) => {
      const line = Buffer.from(event.line)
        .toString()
        .replace(/"timestamp":\d+/, `"timestamp":${timestamp}`)
      return { ...event, timestamp, line: Buffer.from(line) }
    })
  await archive.append([...at(day - 90_000, 0), ...at(day - 1, 150), ...at(day, 300)])
  expect(await archive.dropBefore(day - 1)).toBe(150)
  expect(await archive.dropBefore(day + 86_399)).toBe(150)
  expect(await archive.extent(AbortSignal.timeout(PATIENCE_MS))).toEqual({
    events: 150,
    oldest: day,
    newest: day,
  })
  await archive.append(at(day - 1, 700))
  await archive.close()
  expect(await reportOf(path)).toMatchObject({ ok: true, faults: [] })
})

it('takes new events in between the days that retention drops', async () => {
  const archive = openArchive(await scratchPath())
  const [first] = EVENTS
  const second = first?.timestamp ?? 0
  await archive.append(EVENTS.map((event, at) => ({ ...event, timestamp: second - (at + 2) * 86_400 })))
  const ended: string[] = []
  const dropping = archive.dropBefore(second).then((dropped) => ended.push(`${dropped} dropped`))
  await archive.append(newEvents(1, 1_000)).then(() => ended.push('archived'))
  await dropping
  expect(ended).toEqual(['archived', '300 dropped'])
  await archive.close()
})
