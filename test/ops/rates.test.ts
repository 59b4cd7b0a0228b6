import { expect, it } from 'vitest'
import { createRates } from '../../src/ops/rates.ts'
import type { Status } from '../../src/ops/status.ts'
import { sampleStatus } from './sample-status.ts'

function startLooks() {
  const clock = { at: 0 }
  const rates = createRates(() => clock.at)
  return (at: number, events: number, id = 'acme') => {
    clock.at = at
    const { sources, sinks } = rates(statusWith(events, id))
    return [sources[id]?.eventsPerSecond, sinks.soc?.eventsPerSecond]
  }
}

it('computes events per second over the last minute', () => {
  const look = startLooks()
  expect(look(0, 100)).toEqual([null, null])
  expect(look(30_000, 200)).toEqual([3.333, 3.333])
  expect(look(65_000, 900)).toEqual([20, 20])
})

it('has none after a single sample, for a new component, and when a count fell', () => {
  const look = startLooks()
  look(0, 100)
  expect(look(999, 200)).toEqual([null, null])
  expect(look(2_000, 200, 'new')).toEqual([null, 50])
  expect(look(4_000, 99)).toEqual([null, null])
})

function statusWith(events: number, id: string): Status {
  const { acme } = sampleStatus.sources
  const { soc } = sampleStatus.sinks
  if (acme === undefined || soc === undefined) throw new Error('the sample has changed')
  return {
    ...sampleStatus,
    sources: { [id]: { ...acme, events } },
    sinks: { soc: { ...soc, delivered: events - 2, filtered: 1, deadLettered: 1 } },
  }
}
