/** Long lists: a call takes about 120,000 arguments; a large batch or a year of minutes may need more. */
import { expect, it } from 'vitest'
import type { StoreUnderTest } from './store.ts'
import { append, deadLetter, minute, SOURCE, settlement, sinkMinute } from './store-samples.ts'

const MINUTES = 130_000
/** Events in one batch: some sinks take that many. */
const EVENTS = 35_000

export function describeMany(store: StoreUnderTest): void {
  const times = <Item>(count: number, make: (at: number) => Item) =>
    Array.from({ length: count }, (_, at) => make(at))

  it('adds and gives the minutes of months', async () => {
    await store.now().append(append({ ledger: times(MINUTES, (at) => minute(at, 1, 1n)) }))
    const found = await store.now().ledger(SOURCE, 0, MINUTES)
    expect(found.map((it) => it.minute)).toEqual(times(MINUTES, (at) => at))
  })

  it('settles a batch of as many minutes as it has events', async () => {
    const ledger = times(EVENTS, (at) => sinkMinute({ minute: at, delivered: 1 }))
    await store.now().settle([settlement({ ledger })])
    const found = await store.now().sinkLedger('soc', SOURCE, 0, MINUTES)
    expect(found.map((it) => it.minute)).toEqual(times(EVENTS, (at) => at))
  })

  it('parks a batch of dead letters, and queues and drops them', async () => {
    const deadLettered = times(EVENTS, (at) => deadLetter(`${at}`))
    await store.now().settle([settlement({ deadLettered })])
    expect(await store.now().countDeadLetters('soc', 'parked')).toBe(EVENTS)
    expect(await store.now().queueDeadLetters({ sink: 'soc' })).toBe(EVENTS)
    expect(await store.now().countDeadLetters('soc', 'queued')).toBe(EVENTS)
    expect(await store.now().dropDeadLetters({ sink: 'soc' })).toBe(EVENTS)
    expect(await store.now().countDeadLetters('soc', 'queued')).toBe(0)
  })
}
