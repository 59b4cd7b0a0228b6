/** What operators have paused is known to every process and outlives them all. */
import { expect, it } from 'vitest'
import type { StoreUnderTest } from './store.ts'

export function describePauses(store: StoreUnderTest): void {
  it('keeps what is paused until it is resumed, by whom and since when', async () => {
    const source = { component: 'source Ünïcödé 🔐', by: 'dana', at: 1_795_384_800_123 }
    const sink = { component: 'sink soc', by: 'máté', at: 5 }
    expect(await store.now().pauses()).toEqual([])
    await store.now().pause(source)
    await store.now().pause(sink)
    await store.twice(async (now) => expect(await now.pauses()).toEqual([sink, source]))
    await store.now().resume('sink soc')
    await store.now().resume('sink other')
    await store.twice(async (now) => expect(await now.pauses()).toEqual([source]))
  })

  it('leaves one that is paused already as it is', async () => {
    await store.now().pause({ component: 'sink soc', by: 'dana', at: 1 })
    await store.now().pause({ component: 'sink soc', by: 'erin', at: 2 })
    expect(await store.now().pauses()).toEqual([{ component: 'sink soc', by: 'dana', at: 1 }])
  })
}
