/** A sink that leaves the configuration while events are undelivered: they are kept for a while, and reported. */
import { afterEach, expect, it, vi } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import type { Sink } from '../../src/connector.ts'
import { openStoredApi } from '../../src/engine/stored-engine.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { LEFT_LANES_HOLD_MS } from '../../src/spool/left-lane.ts'
import { undelivered } from '../../src/spool/low-water.ts'
import { all, scriptedSink } from './lane-rig.ts'
import { runOnce } from './open-engine.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog, simulatedSource } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

const refused = all({ kind: 'pause', reason: '401' })
const TIME = /until (20\d\d-\d\d-\d\dT[\d:]+Z)/

afterEach(() => void vi.useRealTimers())

/** Twelve events; `lake` takes them, `soc` refuses all of them for now. */
async function home() {
  const folder = tempFolder()
  const now = Math.floor(Date.now() / 1_000)
  const log = createSimulatedLog([])
  const happen = (count: number) =>
    log.records.push(
      ...Array.from({ length: count }, (_, at) =>
        record({ timestamp: now - 100 + log.records.length + at, description: `${log.records.length + at}` }),
      ),
    )
  const source = simulatedSource(log, { organization: 'acme' })
  const [soc, lake] = [scriptedSink(), scriptedSink()]
  const said: string[] = []
  const logger = {
    ...silentLogger,
    warn: (text: string, _?: LogFields) => void said.push(text),
    child: () => logger,
  }
  const configOf = (sinks: Readonly<Record<string, Sink>>, changes: Partial<SinkConfig> = {}) =>
    wholeConfig(
      folder,
      [sourceConfig({}, source)],
      Object.entries(sinks).map(([id, sink]) =>
        sinkConfig({ id, retry: { maxBackoffMs: 60_000 }, ...(id === 'soc' && changes) }, sink),
      ),
    )
  const it = {
    ...{ soc, lake, happen, said, configOf },
    /** `run --once` with these sinks. */
    async run(sinks: Readonly<Record<string, Sink>>, changes: Partial<SinkConfig> = {}) {
      said.length = 0
      const { undone, status } = await runOnce(folder, configOf(sinks, changes), logger)
      return { undone, spool: status.spool }
    },
  }
  soc.always(refused)
  happen(12)
  expect((await it.run({ soc, lake })).undone).toEqual(['sink soc: 12 events undelivered (401)'])
  expect(it.said).toEqual([])
  soc.always(({ events }) => events.map(() => ({ kind: 'delivered' })))
  return it
}

it('loses nothing when it comes back within the time', async () => {
  const { soc, lake, run, happen, said, configOf } = await home()
  happen(3)
  const { undone, spool } = await run({ lake })
  expect(undone).toEqual([])
  expect(said).toHaveLength(1)
  expect(said[0]).toMatch(
    /^sink soc is not in the configuration any more and has 12 undelivered events: they are kept until 20.*Z; put it back, or send them later with `replay`$/,
  )
  const until = Date.parse(TIME.exec(said[0] ?? '')?.[1] ?? '')
  expect(until - Date.now()).toBeGreaterThan(LEFT_LANES_HOLD_MS - 60_000)
  expect(spool.heldFor).toMatchObject([{ sink: 'soc', source: 'acme', events: 12 }])
  const stored = await openStoredApi(configOf({ lake }))
  expect((await stored.status()).spool).toEqual(spool)
  await stored.close()

  expect((await run({ soc, lake })).spool.heldFor).toBeUndefined()
  expect(said).toEqual([])
  expect(new Set(soc.taken).size).toBe(15)
})

it('is said to be let go when the time is over, and truthfully when it comes back after that', async () => {
  const { soc, lake, run, happen, said } = await home()
  await run({ lake })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + LEFT_LANES_HOLD_MS + 1_000 })
  happen(3)
  const { spool } = await run({ lake })
  expect(said).toEqual([
    'sink soc is not in the configuration any more: its 12 undelivered events are not kept any longer; send them later with `replay`',
  ])
  expect(spool.heldFor).toBeUndefined()
  await run({ lake })
  expect(said).toEqual([])
  await run({ soc, lake })
  expect(said).toEqual(['events were trimmed while the sink was not in the configuration or disabled'])
})

it('says nothing of one that had everything', async () => {
  const { soc, lake, run, happen, said } = await home()
  await run({ soc, lake })
  await run({ lake })
  happen(3)
  await run({ lake })
  expect(said).toEqual([])
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + LEFT_LANES_HOLD_MS + 1_000 })
  await run({ lake })
  await run({ lake })
  expect(said).toEqual([])
})

it('is held for under its old name when it is renamed', async () => {
  const { soc, lake, run, said } = await home()
  await run({ renamed: soc, lake })
  expect(said[0]).toContain('sink soc is not in the configuration any more and has 12 undelivered events')
  await run({ soc, lake })
  expect(new Set(soc.taken).size).toBe(12)
})

it('is not held for while it is disabled, which is said with the number', async () => {
  const { soc, lake, run, said } = await home()
  await run({ soc, lake }, { enabled: false })
  expect(said).toEqual([
    'sink soc is disabled and has 12 undelivered events: they are not kept for it; enable it, or send them later with `replay`',
  ])
  await run({ soc, lake })
  expect(said).toEqual(['events were trimmed while the sink was not in the configuration or disabled'])
})

it('counts as undelivered what is open or was never formed, as far as the log still holds it', () => {
  const cursor = { ...freshCursor(40), open: [{ ranges: [[5, 15] as const, [20, 22] as const] }] }
  expect(undelivered(cursor, 0, 50)).toBe(10 + 2 + 10)
  expect(undelivered(cursor, 10, 50)).toBe(5 + 2 + 10)
  expect(undelivered(cursor, 45, 50)).toBe(5)
  expect(undelivered(cursor, 50, 50)).toBe(0)
})
