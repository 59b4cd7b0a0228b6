/**
 * Thirty simulated days of a source that shows events up to a week late: after the last retrospection the sink has
 * exactly what the source has, and re-reading cost little compared with the polls.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RecordFields } from '../../src/connector.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { openLane, scriptedSink } from './lane-rig.ts'
import { NOW, openPollRig, type PollRig } from './poll-rig.ts'
import { sourceConfig } from './sample-config.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const POLL_EVERY = 5 * MINUTE
const DAYS = 30
const RETROSPECT = [HOUR, DAY, 7 * DAY].map((seconds) => seconds * 1_000)
/** The last window, of seven days, is due once it has grown by six hours. */
const SETTLED = 7 * DAY + 7 * HOUR

/** An event that happened at second `at` after the start and appears `late` seconds after that. */
interface Appearance {
  readonly at: number
  readonly late: number
  /** Identical records within its second, which appear one after another. */
  readonly twins: number
}

const lateness = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 * MINUTE }) },
  { weight: 2, arbitrary: fc.integer({ min: 20 * MINUTE, max: DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: DAY, max: 7 * DAY }) },
)
const appearance: fc.Arbitrary<Appearance> = fc.record({
  at: fc.integer({ min: 0, max: DAYS * DAY }),
  late: lateness,
  twins: fc.integer({ min: 1, max: 3 }),
})
const history = fc.array(appearance, { minLength: 300, maxLength: 600, size: 'max' })
/** Restarts, failed requests, and how many events an answer shows. */
const world = fc.record({
  restartEvery: fc.integer({ min: 100, max: 2_000 }),
  failEvery: fc.integer({ min: 100, max: 1_000 }),
  pageSize: fc.constantFrom(25, 100, Number.POSITIVE_INFINITY),
  inclusive: fc.boolean(),
})

interface Cost {
  polls: number
  requests: number
  extra: number
}

it('finds every event of a random history of thirty days, for under 15 % more requests', async () => {
  const costs: Cost[] = []
  const check = fc.asyncProperty(history, world, async (events, { restartEvery, failEvery, ...switches }) => {
    const rig = await openPollRig({ retrospectMs: RETROSPECT }, { ...switches, tokens: false })
    const appearing = appearances(events)
    const cost = { polls: 0, requests: 0, extra: 0 }
    while (rig.world.clock < NOW + DAYS * DAY + SETTLED) {
      rig.world.clock += POLL_EVERY
      while ((appearing.at(-1)?.at ?? Number.POSITIVE_INFINITY) <= rig.world.clock)
        rig.log.records.push((appearing.pop() as Appearing).record)
      cost.polls++
      if (cost.polls % failEvery === 0) rig.log.failAfter = cost.polls % 3
      if (cost.polls % restartEvery === 0) await rig.restart()
      if (cost.polls % 288 === 0)
        await rig.pipeline().prune(sourceConfig({ retrospectMs: RETROSPECT }), rig.poller().state())
      await turn(rig, cost)
    }
    costs.push(cost)
    // A second that fills a page without a token to continue with is a gap: reported, and found nowhere else.
    const gaps = new Set(
      rig
        .poller()
        .state()
        .gaps.map(({ second }) => second),
    )
    for (const second of gaps) {
      const held = rig.log.records.filter(({ timestamp }) => timestamp === second)
      expect(held.length).toBeGreaterThanOrEqual(switches.pageSize)
    }
    const isProven = (description: string) => !gaps.has(NOW + (events[Number(description.slice(6))]?.at ?? 0))
    const source = rig.log.records.map(({ description }) => description).sort()
    const spooled = (await rig.spooled()).sort()
    expect(spooled.filter(isProven)).toEqual(source.filter(isProven))
    const sink = scriptedSink()
    await (await openLane(rig.store, sink, { start: 'beginning' }, rig.pipeline())).deliver()
    expect(new Set(sink.taken).size).toBe(spooled.length)
    expect(sink.taken.length).toBe(spooled.length)
    expect(cost.extra / cost.polls).toBeLessThan(0.15)
  })
  await fc.assert(check, { numRuns: 4, endOnFailure: true })
  for (const { polls, requests, extra } of costs) {
    const share = ((100 * extra) / polls).toFixed(1)
    process.stdout.write(
      `${polls} polls with ${requests} requests; retrospection: ${extra} more, ${share} % of the polls\n`,
    )
  }
})

/** One turn of the loop: a poll, then whatever is due. A failed request is repeated in the next turn. */
async function turn(rig: PollRig, cost: Cost): Promise<void> {
  const before = rig.asked.length
  let polled = before
  try {
    const { resumed } = await rig.poll()
    polled = rig.asked.length
    while (!resumed && (await rig.retrospect()));
  } catch (error) {
    expect((error as Error).message).toBe('HTTP 503')
    if (polled === before) polled = rig.asked.length
  }
  cost.requests += polled - before
  cost.extra += rig.asked.length - polled
}

interface Appearing {
  /** Unix seconds. */
  readonly at: number
  readonly record: RecordFields
}

/** Events that will appear, the last one first. */
function appearances(events: readonly Appearance[]): Appearing[] {
  const all = events.flatMap(({ at, late, twins }, index) =>
    Array.from({ length: twins }, (_, twin) => ({
      at: NOW + at + Math.min(7 * DAY, late * (twin + 1)),
      record: record({ timestamp: NOW + at, description: `event ${index}` }),
    })),
  )
  return all.sort((left, right) => right.at - left.at)
}
