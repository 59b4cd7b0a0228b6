/** What every archive must do, whichever database it is in. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ArchivedEvent, EventQuery, TopField } from '../../src/archive/archive.ts'
import type { NewEvent, StoredArchive } from '../../src/archive/stored-archive.ts'
import { newEvents } from '../archive/rig.ts'
import { PATIENCE_MS } from '../patience.ts'
import { createModel, type ModelEvent } from './archive-model.ts'
import { batches, NOON, queries } from './archive-samples.ts'

const soon = () => AbortSignal.timeout(PATIENCE_MS)

/** `open`: opens a new, empty archive each time; the suite closes it. */
export function describeArchive(open: () => Promise<StoredArchive>): void {
  const withArchive = async <T>(use: (archive: StoredArchive) => Promise<T>) => {
    const archive = await open()
    try {
      return await use(archive)
    } finally {
      await archive.close()
    }
  }

  it('answers every question as a list in memory would', async () => {
    const property = fc.asyncProperty(
      batches,
      fc.array(queries, { minLength: 4, maxLength: 4 }),
      (appended, asked) =>
        withArchive(async (archive) => {
          const model = createModel()
          for (const batch of appended) {
            const { added, refused } = await archive.append(batch)
            expect([added, refused.size]).toEqual([model.append(batch), 0])
          }
          for (const query of [{}, ...asked]) await compare(archive, model, query)
          const [some] = model.matching({})
          const found = some && (await archive.find(some.uid, soon()))
          expect(found?.sequence).toBe(some?.sequence)
          await archive.dropBefore(NOON)
          model.dropBefore(NOON)
          for (const query of [{}, ...asked]) await compare(archive, model, query)
        }),
    )
    // Shrinking a counterexample would create hundreds of databases.
    await fc.assert(property, { numRuns: process.env.AUDITFERRY_SOAK ? 200 : 5, endOnFailure: true })
  })

  it('finds nothing for a text without any word, and everything for blanks', () =>
    withArchive(async (archive) => {
      await archive.append(newEvents(5))
      const found = async (text: string) => (await archive.page({ text }, { limit: 9 }, soon())).events.length
      for (const text of ['%', '"', '-- ;', '🔐']) expect([text, await found(text)]).toEqual([text, 0])
      for (const text of ['', ' \n ']) expect(await found(text)).toBe(5)
    }))

  it('reads everything in pieces that hold little, however long the events are', () =>
    withArchive(async (archive) => {
      const long = newEvents(1_100).map((it) => ({ ...it, line: longer(it.line) }))
      await archive.append(long)
      const held: number[] = []
      let read = 0
      for await (const piece of archive.read({}, soon())) {
        read += piece.length
        held.push(
          [...new Set(piece.map(({ line }) => line.buffer))].reduce((sum, it) => sum + it.byteLength, 0),
        )
      }
      expect(read).toBe(1_100)
      // The first page shows how long the lines are.
      expect(Math.max(...held.slice(1))).toBeLessThan(256 << 10)
    }))

  it('pages on while events come in: no event twice, and none left out that was there before', () =>
    withArchive(async (archive) => {
      const events = newEvents(900)
      await archive.append(events.slice(0, 600))
      const seen: ArchivedEvent[] = []
      for (let cursor: string | undefined, from = 600; ; from += 20) {
        const { events: page, next } = await archive.page(
          { login: 'dana' },
          { limit: 17, ...(cursor && { cursor }) },
          soon(),
        )
        seen.push(...page)
        if (next === undefined) break
        cursor = next
        await archive.append(events.slice(from, from + 20))
      }
      expect(seen).toHaveLength(200)
      expect(seen).toEqual(seen.toSorted((a, b) => b.timestamp - a.timestamp || b.sequence - a.sequence))
    }))

  it('streams all of it in order while retention runs and events come', () =>
    withArchive(async (archive) => {
      const old = newEvents(200, 5_000).map((event) => ({ ...event, timestamp: NOON - 2 * 86_400 }))
      await archive.append(old)
      await archive.append(newEvents(3_000))
      const seen = new Set<string>()
      for await (const piece of archive.read({}, soon())) {
        for (const { uid } of piece) seen.add(uid)
        await archive.append(newEvents(50, 3_000))
        await archive.dropBefore(NOON)
      }
      expect(newEvents(3_000).filter(({ uid }) => !seen.has(uid))).toEqual([])
      expect((await archive.extent(soon())).events).toBe(3_050)
    }))

  it('ends retention with its signal, after a whole day: a stop need not wait for years', () =>
    withArchive(async (archive) => {
      const day = (number: number) =>
        newEvents(10, number * 10).map((event) => ({ ...event, timestamp: NOON - number * 86_400 }))
      await archive.append([...day(4), ...day(3), ...day(2)])
      const stopping = new AbortController()
      const dropping = archive.dropBefore(NOON, stopping.signal)
      stopping.abort()
      expect(await dropping).toBe(10)
      expect(await archive.dropBefore(NOON)).toBe(20)
    }))

  it('follows what comes, and ends with its signal', () =>
    withArchive(async (archive) => {
      const events = newEvents(60)
      await archive.append(events.slice(0, 30))
      const stop = new AbortController()
      const followed = archive.follow({ login: 'omar' }, stop.signal)
      const seen: string[] = []
      const following = (async () => {
        for await (const piece of followed) {
          seen.push(...piece.map(({ uid }) => uid))
          if (seen.length === 10) stop.abort()
        }
      })()
      // The query is made before the append.
      await archive.page({}, { limit: 1 }, soon())
      await archive.append(events.slice(30, 45))
      await archive.append(events.slice(45))
      await following
      const expected = events.slice(30).filter(({ line }) => Buffer.from(line).includes('"login":"omar"'))
      expect(seen).toEqual(expected.map(({ uid }) => uid))
    }))

  it('keeps an event once, whoever appends it again', () =>
    withArchive(async (archive) => {
      const events = newEvents(40)
      expect((await archive.append([...events, ...events])).added).toBe(40)
      expect((await archive.append(events)).added).toBe(0)
      expect((await archive.extent(soon())).events).toBe(40)
    }))

  it('refuses an event that it cannot store, and keeps its neighbours', () =>
    withArchive(async (archive) => {
      const [one, two, three, four, five] = newEvents(5) as [NewEvent, NewEvent, NewEvent, NewEvent, NewEvent]
      const bad = [
        { ...two, timestamp: -1 },
        { ...three, line: Buffer.from('{}') },
        { ...four, uid: 'x' },
      ]
      const { added, refused } = await archive.append([one, ...bad, five])
      expect([added, [...refused.keys()].sort()]).toEqual([2, [1, 2, 3]])
    }))

  it.each([
    ['no severity', 'severity', undefined],
    ['a severity that is a text', 'severity', '3'],
    ['an action that is null', 'action', null],
    ['an organization that is a list', 'organization', ['acme']],
    ['an address that is a number', 'sourceIp', 4],
  ])('refuses an event with %s, and keeps its neighbours', (_, field, value) =>
    withArchive(async (archive) => {
      const [one, two, three] = newEvents(3) as [NewEvent, NewEvent, NewEvent]
      const event = { ...JSON.parse(Buffer.from(two.line).toString()), [field]: value }
      const line = Buffer.from(JSON.stringify(event))
      const { added, refused } = await archive.append([one, { ...two, line }, three])
      expect([added, [...refused.keys()]]).toEqual([2, [1]])
    }),
  )

  it('refuses a cursor that does not come from a page', () =>
    withArchive(async (archive) => {
      for (const cursor of ['', 'x y', '-1', '1.5', 'zzzzzzzzzzz', '../..', "1' or 1", '00'])
        await expect(archive.page({}, { limit: 1, cursor }, soon())).rejects.toThrow(RangeError)
    }))
}

function longer(line: Uint8Array): Buffer {
  const event = JSON.parse(Buffer.from(line).toString())
  return Buffer.from(JSON.stringify({ ...event, description: 'x'.repeat(10_000) }))
}

async function compare(archive: StoredArchive, model: ReturnType<typeof createModel>, query: EventQuery) {
  const expected = model.matching(query)
  const read: ArchivedEvent[] = []
  for await (const piece of archive.read(query, soon())) read.push(...piece)
  expect(read.map(short), JSON.stringify(query)).toEqual(expected.map(short))
  const paged: ArchivedEvent[] = []
  for (let cursor: string | undefined; ; ) {
    const { events, next } = await archive.page(query, { limit: 37, ...(cursor && { cursor }) }, soon())
    paged.push(...events)
    if (next === undefined) break
    cursor = next
  }
  expect(paged.map(short)).toEqual(expected.map(short))
  for (const slice of [900, 3_600, 86_400])
    expect(await archive.histogram(query, slice, soon()), JSON.stringify([query, slice])).toEqual(
      model.histogram(query, slice),
    )
  for (const field of ['login', 'action', 'category', 'address', 'stack'] satisfies TopField[]) {
    const top = await archive.top(query, field, 100, soon())
    expect(new Map(top.map(({ value, ...own }) => [value, own])), JSON.stringify([query, field])).toEqual(
      model.top(query, field),
    )
    expect(top.map(({ count }) => count)).toEqual(top.map(({ count }) => count).sort((a, b) => b - a))
  }
}

function short({ sequence, uid, timestamp }: ArchivedEvent | ModelEvent): string {
  return `${sequence} ${timestamp} ${uid.slice(0, 8)}`
}
