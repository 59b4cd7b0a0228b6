/** What losing nothing costs at the source: one request per idle poll, and of a long answer only what is new. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type PulumiEmulator, startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { inventHistory } from '../emulators/pulumi/invent.ts'
import type { Setup } from './scenario.ts'
import { configOf } from './scenario-config.ts'
import { openDrivenEngine } from './scenario-engine.ts'
import { eventOf } from './scenario-events.ts'
import { homeOnDisk } from './scenario-home.ts'
import { createRecordingSink } from './scenario-sink.ts'

const NOW = 1_795_384_800
const SINK = { seed: 1, trouble: 0, poisonEvery: 0, names: 'culprit', maxEvents: 500, inFlight: 1 } as const

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  closing = []
})

describe.each(['v1', 'v2'] as const)('an idle source with %s', (api) => {
  it.each([
    ['nothing at all', []],
    ['rows that are older than the overlap', [7_200, 7_100, 4_000]],
    ['rows of which some lie in the overlap', [7_200, 600, 300]],
  ])('costs one request a poll: %s', async (_, ages) => {
    const { pollEveryFiveMinutes, taken } = await startIdle(api, ages)
    expect(await pollEveryFiveMinutes(12)).toBe(12)
    expect(taken()).toHaveLength(ages.length)
  })

  it.each([
    ['rows', [600, 300, 300]],
    ['one busy second', new Array<number>(30).fill(400)],
  ])('is asked for the end of a log that is younger than the overlap: %s', async (_, ages) => {
    const { pollEveryFiveMinutes, taken } = await startIdle(api, ages)
    expect(await pollEveryFiveMinutes(3)).toBeLessThanOrEqual(3 * 3)
    expect(await pollEveryFiveMinutes(12)).toBe(12)
    expect(taken()).toHaveLength(ages.length)
  })
})

it('reads of an export of 200,000 rows only what is new, and closes the connection', async () => {
  const past = inventHistory({ seed: 3, count: 200_000, newest: NOW - 1, density: 1 })
  const { emulator, poll, wait, taken } = await startReading({ api: 'v1', start: 0 }, past)
  await poll()
  wait(60)
  emulator.add(Array.from({ length: 50 }, (_, at) => eventOf(at % 9, NOW + at)))
  await poll()
  const { sentBytes, isCutByClient } = emulator.requests.at(-1) ?? {}
  expect(taken()).toHaveLength(50)
  expect({ requests: emulator.requests.length, isCutByClient }).toEqual({ requests: 2, isCutByClient: true })
  expect(sentBytes).toBeLessThan(1_000_000)
})

async function startIdle(api: 'v1' | 'v2', ages: readonly number[]) {
  const { emulator, poll, wait, taken } = await startReading({ api })
  emulator.add(ages.map((age, at) => eventOf(at % 9, NOW - age)))
  await poll()
  /** Returns how many requests that took. */
  const pollEveryFiveMinutes = async (times: number) => {
    const before = emulator.requests.length
    for (let time = 0; time < times; time++) {
      wait(300)
      await poll()
    }
    return emulator.requests.length - before
  }
  return { pollEveryFiveMinutes, taken }
}

async function startReading(changed: Partial<Setup>, past?: ReturnType<typeof inventHistory>) {
  let ms = NOW * 1000
  const now = () => ms
  const emulator: PulumiEmulator = await startPulumiEmulator({ now, ...(past === undefined ? {} : { past }) })
  closing.push(emulator.stop)
  const sink = { ...SINK, maxAgeMs: 0, filters: false }
  const common = { switches: {}, start: 'all', overlapS: 900, retrospectS: [], sinks: [sink] } as const
  const life = { isDead: false }
  const recording = createRecordingSink(sink, () => life)
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-cost-'))
  closing.push(async () => rmSync(folder, { recursive: true }))
  const config = configOf({ api: 'auto', ...common, ...changed }, emulator, [recording], folder)
  const engine = await openDrivenEngine({
    config,
    home: homeOnDisk(folder),
    now,
    life,
    inspect: async () => {},
  })
  closing.push(() => engine.stop('graceful'))
  return {
    emulator,
    async poll() {
      await engine.poll()
      expect(engine.unit.loop.health().reason).toBe('')
      await engine.deliver()
    },
    wait(seconds: number) {
      ms += seconds * 1000
    },
    taken: () => recording.taken,
  }
}
