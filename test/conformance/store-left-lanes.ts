/** Lanes that are no longer in the configuration: the log is held for them for a while, then they are let go. */
import { expect, it } from 'vitest'
import { LEFT_LANES_HOLD_MS } from '../../src/spool/left-lane.ts'
import type { StoreUnderTest } from './store.ts'
import { fill, lane, SOURCE, settlement } from './store-samples.ts'

export function describeLeftLanes(store: StoreUnderTest): void {
  const placed = async (place: number) => {
    await fill(store.now(), [3, 3])
    await store
      .now()
      .settle([settlement({ sink: 'soc', state: lane(place) }), settlement({ sink: 'lake', state: lane(6) })])
  }
  const trim = (...sinks: string[]) => store.now().trim(SOURCE, 6, sinks)
  const start = async () => (await store.now().bounds(SOURCE)).start

  it('hold the log at their place, also over a restart, and are named', async () => {
    await placed(4)
    const before = Date.now()
    expect(await trim('lake')).toEqual([])
    expect(await start()).toBe(3)
    await store.reopen()
    await fill(store.now(), [2])
    expect(await trim('lake')).toEqual([])
    expect(await start()).toBe(3)
    const [left, ...more] = await store.now().leftLanes(SOURCE)
    expect(more).toEqual([])
    expect(left).toMatchObject({ sink: 'soc', end: 6 })
    expect(left?.until).toBeGreaterThan(before + LEFT_LANES_HOLD_MS - 2_000)
    expect(left?.until).toBeLessThan(Date.now() + LEFT_LANES_HOLD_MS + 2_000)
  })

  it('are let go after that time, once', async () => {
    await placed(0)
    await trim('lake')
    await store.age(LEFT_LANES_HOLD_MS - 60_000)
    expect(await trim('lake')).toEqual([])
    expect(await start()).toBe(0)
    await store.age(61_000)
    expect(await trim('lake')).toMatchObject([{ sink: 'soc', end: 6 }])
    expect(await start()).toBe(6)
    await fill(store.now(), [2])
    expect(await store.now().trim(SOURCE, 8, ['lake'])).toEqual([])
    expect(await start()).toBe(8)
    expect(await store.now().leftLanes(SOURCE)).toEqual([])
  })

  it('are held for again if they came back meanwhile', async () => {
    await placed(0)
    await trim('lake')
    await store.age(LEFT_LANES_HOLD_MS - 60_000)
    await store.now().trim(SOURCE, 0, ['lake', 'soc'])
    expect(await store.now().leftLanes(SOURCE)).toEqual([])
    await trim('lake')
    await store.age(61_000)
    expect(await trim('lake')).toEqual([])
    expect(await start()).toBe(0)
  })

  it('hold nothing if they have no place', async () => {
    await fill(store.now(), [3])
    await store.now().settle([settlement({ sink: 'soc', state: { cursors: {} } })])
    await trim('lake')
    expect(await start()).toBe(3)
  })
}
