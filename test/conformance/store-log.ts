/** A source's log and state: contiguous, all or nothing, and unchanged after a restart. */
import { expect, it } from 'vitest'
import { freshSource, type SourceState } from '../../src/spool/source-state.ts'
import type { StoreUnderTest } from './store.ts'
import { append, entry, fill, minute, quarantined, SOURCE, unstorable } from './store-samples.ts'

export function describeLog(store: StoreUnderTest): void {
  it('starts empty', async () => {
    expect(await store.now().loadSource(SOURCE)).toBeUndefined()
    expect(await store.now().bounds(SOURCE)).toEqual({ start: 0, end: 0, bytes: 0 })
    expect(await store.now().readEntry(SOURCE, 0)).toBeUndefined()
    expect(await store.now().ledger(SOURCE, 0, 1e9)).toEqual([])
    expect(await store.now().ledgerMinuteBefore(SOURCE, 1e9)).toBeUndefined()
    expect(await store.now().loadLane('soc')).toBeUndefined()
  })

  it('holds entries one after another, and finds the one with an offset', async () => {
    await fill(store.now(), [3, 1, 2])
    expect(await store.now().bounds(SOURCE)).toEqual({ start: 0, end: 6, bytes: 9 })
    const found = await Promise.all([0, 2, 3, 4, 5, 6, -1].map((at) => store.now().readEntry(SOURCE, at)))
    expect(found.map((it) => it?.base)).toEqual([0, 0, 3, 4, 4, undefined, undefined])
    expect(found[1]?.count).toBe(3)
    expect(Buffer.from(found[1]?.blob ?? []).toString()).toBe('0+3')
  })

  it.each([5, 7, 0])('refuses an entry at offset %i of a log that ends at 6', async (base) => {
    await fill(store.now(), [6])
    const state = { ...freshSource, checkpoint: 99 }
    const wrong = append({ entry: entry(base, 1), state, ledger: [minute(1, 1, 1n)] })
    await expect(store.now().append(wrong)).rejects.toThrow()
    expect(await store.now().bounds(SOURCE)).toEqual({ start: 0, end: 6, bytes: 3 })
    expect(await store.now().loadSource(SOURCE)).toEqual(freshSource)
    expect(await store.now().ledger(SOURCE, 0, 9)).toEqual([])
  })

  it('changes nothing when an append fails midway', async () => {
    await fill(store.now(), [2])
    const broken = append({
      entry: entry(2, 4),
      ledger: [minute(7, 4, 9n, '00'.repeat(32))],
      quarantined: [quarantined('q1', 1)],
      state: unstorable({ ...freshSource, checkpoint: 500 }),
    })
    await expect(store.now().append(broken)).rejects.toThrow('this state cannot be written')
    await store.twice(async (now) => {
      expect(await now.bounds(SOURCE)).toEqual({ start: 0, end: 2, bytes: 3 })
      expect(await now.readEntry(SOURCE, 2)).toBeUndefined()
      expect(await now.ledger(SOURCE, 0, 9)).toEqual([])
      expect(await now.countQuarantined(SOURCE)).toBe(0)
      expect(await now.loadSource(SOURCE)).toEqual(freshSource)
    })
    await fill(store.now(), [1])
    expect((await store.now().readEntry(SOURCE, 2))?.count).toBe(1)
  })

  it('does not mix up sources after the first write of one failed', async () => {
    const broken = append({ source: 'first', state: unstorable(freshSource), entry: entry(0, 1) })
    await expect(store.now().append(broken)).rejects.toThrow()
    await fill(store.now(), [5], 'second')
    expect(await store.now().bounds('first')).toEqual({ start: 0, end: 0, bytes: 0 })
    await fill(store.now(), [2], 'first')
    expect(await store.now().bounds('first')).toMatchObject({ end: 2 })
    expect(await store.now().bounds('second')).toMatchObject({ end: 5 })
  })

  it('keeps a state as it is, with or without an entry', async () => {
    const state: SourceState = {
      checkpoint: 1_795_384_800,
      start: 0,
      walk: { position: 5_000_000_000, end: 0, checkpoint: 4_000_000_000, startedAt: 1_795_384_800_123 },
      variant: 'v2',
      retrospected: { '3600000': 1 },
      polled: 2 ** 40,
      spooled: 2 ** 33,
      late: 3,
      requests: 4,
      gaps: [{ second: 7, reason: 'crowded „ü“ \u0000 🔐' }],
      unknownActions: { constructor: 1, 'x-y': 2 },
      newest: 8,
      lastPoll: 9,
      lastSuccess: 10,
    }
    await store.now().append(append({ state }))
    expect(await store.now().loadSource(SOURCE)).toEqual(state)
    expect(await (await store.reopen()).loadSource(SOURCE)).toEqual(state)
  })

  it('trims only whole entries that end at or before the offset', async () => {
    await fill(store.now(), [3, 1, 2])
    await store.now().trim(SOURCE, 2)
    expect(await store.now().bounds(SOURCE)).toEqual({ start: 0, end: 6, bytes: 9 })
    await store.now().trim(SOURCE, 5)
    expect(await store.now().bounds(SOURCE)).toEqual({ start: 4, end: 6, bytes: 3 })
    expect(await store.now().readEntry(SOURCE, 3)).toBeUndefined()
    expect((await store.now().readEntry(SOURCE, 5))?.base).toBe(4)
    await store.now().trim(SOURCE, 1)
    expect(await store.now().bounds(SOURCE)).toEqual({ start: 4, end: 6, bytes: 3 })
  })

  it('continues counting after everything is trimmed', async () => {
    await fill(store.now(), [3, 4])
    await store.now().trim(SOURCE, 1_000)
    await store.twice(async (now) => {
      expect(await now.bounds(SOURCE)).toEqual({ start: 7, end: 7, bytes: 0 })
      expect(await now.readEntry(SOURCE, 6)).toBeUndefined()
    })
    await fill(store.now(), [2])
    expect(await store.now().bounds(SOURCE)).toMatchObject({ start: 7, end: 9 })
    await expect(store.now().append(append({ entry: entry(0, 1) }))).rejects.toThrow(
      'append at offset 0 to a log that ends at 9',
    )
  })

  it('counts beyond 32 bits', async () => {
    const many = 3_000_000_000
    await store.now().append(append({ entry: entry(0, many) }))
    await store.now().append(append({ entry: entry(many, many) }))
    await store.twice(async (now) => {
      expect(await now.bounds(SOURCE)).toMatchObject({ start: 0, end: 2 * many })
      expect((await now.readEntry(SOURCE, 2 * many - 1))?.base).toBe(many)
    })
    await store.now().trim(SOURCE, many)
    expect(await store.now().bounds(SOURCE)).toMatchObject({ start: many, end: 2 * many })
  })

  it('keeps sources apart, whatever they are called', async () => {
    const ids = ['acme', 'acme:2', 'Ünïcödé 🔐', 'a"b\'c', '__proto__', '%_*?']
    for (const [at, id] of ids.entries()) await fill(store.now(), [at + 1], id)
    await store.now().trim('acme', 1)
    await store.twice(async (now) => {
      const ends = await Promise.all(ids.map(async (id) => (await now.bounds(id)).end))
      expect(ends).toEqual([1, 2, 3, 4, 5, 6])
      const held = await Promise.all(ids.map((id) => now.readEntry(id, 0)))
      expect(held.map((it) => it?.count)).toEqual([undefined, 2, 3, 4, 5, 6])
    })
  })

  it('executes calls in the order in which they were made', async () => {
    const calls = Array.from({ length: 40 }, (_, at) =>
      store.now().append(append({ entry: entry(at, 1), state: { ...freshSource, spooled: at + 1 } })),
    )
    const trimmed = store.now().trim(SOURCE, 10)
    const bounds = store.now().bounds(SOURCE)
    await Promise.all([...calls, trimmed])
    expect(await bounds).toMatchObject({ start: 10, end: 40 })
    expect(await store.now().loadSource(SOURCE)).toMatchObject({ spooled: 40 })
  })
}
