/**
 * Promise 1: nothing is lost, whatever happens to the source, the sinks and the process. A failure prints the history
 * that led to it, shrunk as far as possible, and the seed that reproduces it.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../redis/server.ts'
import { type Scenario, type Setup, scenarios } from './scenario.ts'
import { FILTERED_LOGIN } from './scenario-events.ts'
import { homeOnDisk, homeOnRedis } from './scenario-home.ts'
import { type Played, type PlayedSink, play } from './scenario-run.ts'

const isSoak = process.env.AUDITFERRY_SOAK === '1'
const HISTORIES = Number(process.env.AUDITFERRY_HISTORIES ?? (isSoak ? 4_000 : 150))
/** A history takes a tenth of a second. */
const PATIENCE_MS = 60_000
/** The soak looks for new histories; a usual run repeats the same ones, so that it only fails because of a change. */
const seed = Number(process.env.AUDITFERRY_SEED ?? (isSoak ? Date.now() : 424_242))

let server: RedisServer
let prefixes = 0
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

const homes = [
  ['on the disk', HISTORIES, homeOnDisk],
  // Histories and reading are the same as above; fewer are enough to exercise the store.
  ['in Redis', Math.ceil(HISTORIES / 3), () => homeOnRedis(server, `history${prefixes++}`)],
] as const

it.each(homes)(
  'delivers what the source holds, once, over random histories, its state %s',
  { timeout: 7_200_000 },
  async (where, numRuns, home) => {
    const sum = { where, histories: 0, events: 0, crashes: 0, duplicates: 0, gaps: 0, deadLetters: 0 }
    await fc.assert(
      fc.asyncProperty(scenarios(), async (scenario) => {
        const played = await play(scenario, home)
        judge(scenario, played)
        sum.histories++
        sum.events += played.log.length
        sum.crashes += played.crashes
        sum.gaps += played.state.gaps.length
        for (const sink of played.sinks) {
          sum.duplicates += sink.taken.length - new Set(sink.taken).size
          sum.deadLetters += sink.deadLetters.length
        }
      }),
      { seed, numRuns, timeout: PATIENCE_MS },
    )
    process.stdout.write(`conservation: ${JSON.stringify(sum)}\n`)
  },
)

/** A log that shows fewer records is believed not to be limited by a page's size. */
const SMALL_LOG = 10

function judge({ setup }: Scenario, played: Played): void {
  const { state, log } = played
  const start = state.start ?? Number.POSITIVE_INFINITY
  if (setup.start === 'all') expect(start).toBe(0)
  else expect(start).toBeLessThanOrEqual(played.firstPollAt - setup.start)
  expect(played.passedOver).toEqual([])

  const wanted = log.filter(({ second }) => second >= start)
  const gaps = new Set(state.gaps.map((gap) => gap.second))
  expect({ falseGaps: [...gaps].filter((second) => !mayBeGap(second, played, setup)) }).toEqual({
    falseGaps: [],
  })

  // A gap may hide one; events before the start need not be read.
  if (setup.start === 'all' && gaps.size === 0) expect(played.quarantined).toBe(played.garbled)
  else expect(played.quarantined).toBeLessThanOrEqual(played.garbled)

  for (const [at, sink] of played.sinks.entries()) {
    const filters = setup.sinks[at]?.filters ?? false
    const mine = wanted.filter(({ login }) => !filters || login === FILTERED_LOGIN)
    const proven = mine.filter(({ second }) => !gaps.has(second))
    const arrived = new Set([...sink.taken, ...sink.deadLetters])
    const uids = new Set(mine.map(({ uid }) => uid))
    expect({ lost: proven.filter(({ uid }) => !arrived.has(uid)) }).toEqual({ lost: [] })
    expect({ invented: [...arrived].filter((uid) => !uids.has(uid)) }).toEqual({ invented: [] })
    expect({ twice: twice(sink).filter((uid) => !sink.inFlight.has(uid)) }).toEqual({ twice: [] })
    judgeCounts(state.spooled, sink)
  }
}

/** Only a second that can fill a page, or fill what the end of the log shows, may be called unproven. */
function mayBeGap(second: number, { log, garbled }: Played, { switches: { pageSize } }: Setup): boolean {
  const crowd = log.filter((event) => event.second === second).length
  // A row that can't be read may belong to any neighbouring second.
  return crowd + garbled >= Math.min(pageSize ?? Number.POSITIVE_INFINITY, SMALL_LOG)
}

/** Every spooled event ends as delivered, filtered or dead-lettered, and is counted once. */
function judgeCounts(spooled: number, { counted, ledger, taken, deadLetters }: PlayedSink): void {
  const { delivered, filtered, deadLettered } = counted
  expect(ledger).toEqual(counted)
  expect(delivered + filtered + deadLettered).toBe(spooled)
  expect(delivered).toBe(new Set(taken).size)
  expect(deadLettered).toBe(deadLetters.length)
}

function twice({ taken }: PlayedSink): string[] {
  const seen = new Set<string>()
  return taken.filter((uid) => seen.has(uid) || !seen.add(uid))
}
