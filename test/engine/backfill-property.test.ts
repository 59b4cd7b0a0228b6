/** However a range is split, paged and interrupted: a backfill spools what one walk would, each event once. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { record } from '../../src/normalise/fixtures/record.ts'
import { NOW, openPollRig } from './poll-rig.ts'
import type { LogSwitches } from './simulated-log.ts'

/** Seconds at and around the edges of parts, which are ten minutes or longer. */
const START = NOW - 86_400
const seconds = fc.oneof(
  fc
    .tuple(fc.nat({ max: 12 }), fc.integer({ min: -2, max: 2 }))
    .map(([part, beside]) => START + part * 600 + beside),
  fc.integer({ min: START - 100, max: START + 7_300 }),
)
/** Second → number of records, of which three at a time are identical. */
const histories = fc
  .array(fc.tuple(seconds, fc.integer({ min: 1, max: 9 })), { maxLength: 30 })
  .map((counts) => new Map(counts))
const switches: fc.Arbitrary<LogSwitches> = fc.record({
  pageSize: fc.oneof(fc.integer({ min: 10, max: 25 }), fc.constant(Number.POSITIVE_INFINITY)),
  inclusive: fc.boolean(),
  tokens: fc.boolean(),
})
const plans = fc.record({
  from: fc.integer({ min: START - 30, max: START + 700 }),
  length: fc.integer({ min: 1, max: 7_200 }),
  parallel: fc.constantFrom(1, 2, 8),
  /** The request after this many others fails for good, and the process ends there. */
  kills: fc.array(fc.nat({ max: 9 }), { maxLength: 10 }),
  pollsBetween: fc.boolean(),
})

it('spools exactly the range, whatever the parts and the kills', async () => {
  const check = fc.asyncProperty(histories, switches, plans, async (counts, how, plan) => {
    const rig = await openPollRig({ start: { kind: 'now' } }, how)
    await rig.poll()
    const to = plan.from + plan.length
    for (const [second, count] of counts) {
      for (let at = 0; at < count; at++) {
        rig.log.records.push(record({ timestamp: second, description: `${second} ${Math.floor(at / 3)}` }))
      }
    }
    for (const kill of plan.kills) {
      rig.log.failAfter = kill
      rig.log.fault = 'configuration'
      await rig.backfill(plan.from, to, plan.parallel).catch(() => undefined)
      rig.log.failAfter = Number.POSITIVE_INFINITY
      await rig.restart()
      if (plan.pollsBetween) await rig.poll()
    }
    await rig.backfill(plan.from, to, plan.parallel)
    const wanted = rig.log.records.filter(({ timestamp }) => timestamp >= plan.from && timestamp < to)
    const expected = wanted.map(({ description }) => description).sort()
    expect((await rig.spooled()).sort()).toEqual(expected)

    // Once more: everything is known, even if the ledger has forgotten the uids.
    await rig.store.pruneLedger('acme', NOW, 0)
    await rig.restart()
    await rig.backfill(plan.from, to, 8)
    expect((await rig.spooled()).length).toBe(expected.length)
    const done = { polled: expected.length, spooled: 0, unclear: 0, endedAt: expect.any(Number) }
    expect(rig.poller().state().backfill).toMatchObject(done)
  })
  await fc.assert(check, { numRuns: 150 })
})
