/** The trail of who did what, and texts that expire: durable, in order, seen by every process. */
import { expect, it } from 'vitest'
import { TRAIL_KEEPS, type TrailEntry } from '../../src/trail/trail.ts'
import type { StoreUnderTest } from './store.ts'

export function describeTrail(store: StoreUnderTest): void {
  const NOW = Date.UTC(2026, 10, 26)
  const entry = (at: number, action: string): TrailEntry => ({
    at,
    user: 'dana',
    role: 'operator',
    address: '198.51.100.7',
    action,
    outcome: 'success',
    details: { sink: 'soc', text: '🔐 "quoted"' },
  })
  const actions = async (before?: number, limit = 10) =>
    (await store.now().trail({ limit, ...(before !== undefined && { before }) })).map(({ action }) => action)

  it('gives back what was written, newest first, below a bound and no more than asked for', async () => {
    for (const [at, action] of ['a', 'b', 'c'].entries())
      await store.now().appendTrail(entry(NOW + at, action))
    await store.twice(async (now) => {
      expect(await now.trail({ limit: 1 })).toEqual([entry(NOW + 2, 'c')])
      expect(await actions()).toEqual(['c', 'b', 'a'])
      expect(await actions(NOW + 2)).toEqual(['b', 'a'])
      expect(await actions(NOW + 2, 1)).toEqual(['b'])
      expect(await actions(NOW)).toEqual([])
      expect(await actions(-1)).toEqual([])
    })
  })

  it('gives each entry a time of its own, in the order of writing', async () => {
    for (const action of ['a', 'b', 'c']) await store.now().appendTrail(entry(NOW, action))
    await store.now().appendTrail(entry(NOW - 5_000, 'late'))
    const found = await store.now().trail({ limit: 9 })
    expect(found.map(({ at, action }) => [at - NOW, action])).toEqual([
      [3, 'late'],
      [2, 'c'],
      [1, 'b'],
      [0, 'a'],
    ])
  })

  it('forgets what is older than 400 days', async () => {
    await store.now().appendTrail(entry(NOW - TRAIL_KEEPS.ms - 1, 'old'))
    await store.now().appendTrail(entry(NOW, 'new'))
    expect(await actions()).toEqual(['new'])
  })

  it('forgets the oldest when there are too many', async () => {
    const keeps = { ...TRAIL_KEEPS, entries: 2 }
    for (const action of ['a', 'b', 'c', 'd']) await store.now().appendTrail(entry(NOW, action), keeps)
    expect(await actions()).toEqual(['d', 'c'])
  })

  it('keeps a text until it is taken, and gives it to only one caller', async () => {
    await store.now().keep('session', 'dana', 60_000)
    await store.now().keep('other', 'lee', 60_000)
    await store.twice(async (now) => expect(await now.kept('session')).toBe('dana'))
    const taken = await Promise.all([store.now().take('session'), store.now().take('session')])
    expect(taken.toSorted()).toEqual(['dana', undefined])
    expect(await store.now().kept('session')).toBeUndefined()
    expect(await store.now().kept('other')).toBe('lee')
  })

  it('keeps the newest text, and none beyond its time', async () => {
    await store.now().keep('a', 'one', 60_000)
    await store.now().keep('a', 'two', 60_000)
    expect(await store.now().kept('a')).toBe('two')
    await store.now().keep('a', 'three', 30)
    await expect.poll(() => store.now().kept('a')).toBeUndefined()
    expect(await store.now().take('a')).toBeUndefined()
  })
}
