/** A lane's duty, where several turns of one process bring the same lane. */
import { expect, it } from 'vitest'
import type { Components, EngineParts } from '../../src/components.ts'
import { laneDuty } from '../../src/duties.ts'
import type { HeldLane, SinkUnit } from '../../src/sink-unit.ts'
import { sinkConfig } from './sample-config.ts'

it('ends with the hold that another turn gives back, whatever has come since', async () => {
  const { unit, gives, drained } = sharedUnit()
  const duty = laneDuty(parts, components)(unit)
  const { signal } = new AbortController()
  const turns = [duty.bring(signal), duty.bring(signal)]
  drained.push(true, false)
  await Promise.all(turns)
  expect(gives()).toBe(1)
})

const parts = {
  store: { publish: async () => {}, trouble: () => undefined },
} as unknown as EngineParts
const components = { pipeline: { look: async () => {} } } as unknown as Components

/** Answers `drained` call by call, and false from then on: events have come that nobody takes up. */
function sharedUnit() {
  const drained: boolean[] = []
  let gives = 0
  const lane = {
    run: async () => {},
    wake: () => {},
    wakeForLetters: () => {},
    drained: () => drained.shift() ?? false,
  }
  let held = { lane, claim: { signal: new AbortController().signal } } as unknown as HeldLane | undefined
  const unit = {
    config: sinkConfig(),
    held: () => held,
    hold: async () => held,
    async give() {
      gives++
      held = undefined
    },
  } as unknown as SinkUnit
  return { unit, drained, gives: () => gives }
}
