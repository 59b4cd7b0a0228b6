/** What an operator pauses stays paused, also over restarts, and loses nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { Sink, Source } from '../../src/connector.ts'
import { openStoredApi } from '../../src/engine/stored-engine.ts'
import { UnknownIdError } from '../../src/errors.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { delivered, every } from '../../src/outcome.ts'
import { scriptedSink, waitFor } from './lane-rig.ts'
import { engineOver } from './open-engine.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

const BY_DANA = /^paused by dana at 20\d\d-\d\d-\d\dT[\d:.]+Z$/

/** A source of twenty-five events; `reads` counts how often it was read. */
function source() {
  const now = Math.floor(Date.now() / 1_000)
  const log = createSimulatedLog(
    Array.from({ length: 25 }, (_, at) => record({ timestamp: now - at, description: `${at}` })),
  )
  const it = {
    reads: 0,
    organization: 'acme',
    async read(request: Parameters<Source['read']>[0]) {
      it.reads++
      return log.read(request)
    },
    check: () => Promise.reject(new Error('not checked')),
    close: async () => {},
  }
  return it
}

function configOf(folder: string, from: Source | undefined, sinks: Readonly<Record<string, Sink>>) {
  const lanes = Object.entries(sinks).map(([id, sink]) => sinkConfig({ id }, sink))
  return wholeConfig(folder, [sourceConfig({}, from)], lanes)
}

const open = (folder: string, from: Source, sinks: Readonly<Record<string, Sink>>) =>
  engineOver(folder, configOf(folder, from, sinks))

it('writes nothing to a paused sink, over a restart, and everything once it is resumed', async () => {
  const folder = tempFolder()
  const [soc, lake, from] = [scriptedSink(), scriptedSink(), source()]
  const first = await open(folder, from, { soc, lake })
  await first.pause('sink', 'soc', 'dana')
  void first.run()
  await waitFor(() => lake.taken.length === 25)
  const status = await first.status()
  expect(status.sinks.soc).toMatchObject({ state: 'paused', backlogEvents: 25, retryAt: '' })
  expect(status.sinks.soc?.reason).toMatch(BY_DANA)
  expect([status.state, status.sinks.lake?.state]).toEqual(['paused', 'idle'])
  const startedAt = performance.now()
  await first.stop(20_000)
  expect(performance.now() - startedAt).toBeLessThan(15_000)

  const second = await open(folder, from, { soc, lake })
  void second.run()
  await waitFor(() => from.reads > 1)
  expect((await second.status()).sinks.soc?.reason).toMatch(BY_DANA)
  expect(soc.taken).toEqual([])
  await second.resume('sink', 'soc')
  await waitFor(() => soc.taken.length === 25)
  expect((await second.status()).sinks.soc).toMatchObject({ reason: '' })
})

it('is in the log, also at the next start', async () => {
  const folder = tempFolder()
  const lines: string[] = []
  const info = (message: string, { source, sink, reason }: LogFields = {}) =>
    void lines.push(`${message}: ${source ?? sink}${reason === undefined ? '' : ' by dana'}`)
  const config = configOf(folder, source(), { soc: scriptedSink() })
  const logger = { ...silentLogger, info }
  const first = await engineOver(folder, config, { logger })
  await first.pause('sink', 'soc', 'dana')
  await first.pause('source', 'acme', 'dana')
  await first.resume('source', 'acme')
  await first.stop(5_000)
  await engineOver(folder, config, { logger })
  expect(lines.filter((line) => line.includes('operator'))).toEqual([
    'sink paused by an operator: soc by dana',
    'source paused by an operator: acme by dana',
    'source resumed by an operator: acme',
    'sink paused by an operator: soc by dana',
  ])
})

it('tries at once what had paused by itself, when it is resumed', async () => {
  const [soc, from] = [scriptedSink(), source()]
  soc.answers.push(({ events }) => every(events.length, { kind: 'pause', reason: 'HTTP 403' }))
  const folder = tempFolder()
  const lane = sinkConfig({ id: 'soc', retry: { maxBackoffMs: 300_000 } }, soc)
  const engine = await engineOver(folder, wholeConfig(folder, [sourceConfig({}, from)], [lane]))
  void engine.run()
  await waitFor(async () => (await engine.status()).sinks.soc?.state === 'paused')
  const reads = from.reads
  await engine.resume('sink', 'soc')
  await waitFor(() => soc.taken.length === 25)
  await engine.resume('source', 'acme')
  await waitFor(() => from.reads > reads)
})

it('finishes the batch that is being written, and begins no other', async () => {
  const soc = scriptedSink()
  let finish = () => {}
  soc.answers.push(async ({ events }) => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return every(events.length, delivered)
  })
  const engine = await open(tempFolder(), source(), { soc })
  void engine.run()
  await waitFor(() => soc.writes.length === 1)
  await engine.pause('sink', 'soc', 'dana')
  finish()
  await waitFor(async () => (await engine.status()).sinks.soc?.delivered === 10)
  await sleep(50)
  expect(soc.writes).toHaveLength(1)
  const paused = { state: 'paused', pausedByOperator: true, backlogEvents: 15 }
  expect((await engine.status()).sinks.soc).toMatchObject(paused)
})

it('does not poll a paused source, whose checkpoint stays, and polls at once when it is resumed', async () => {
  const folder = tempFolder()
  const [soc, from] = [scriptedSink(), source()]
  const before = await open(folder, from, { soc })
  await before.pause('source', 'acme', 'dana')
  await before.stop(5_000)
  const engine = await open(folder, from, { soc })
  void engine.run()
  await waitFor(async () => (await engine.status()).sources.acme?.state === 'paused')
  await sleep(50)
  expect((await engine.status()).sources.acme).toMatchObject({ reason: expect.stringMatching(BY_DANA) })
  expect([from.reads, (await engine.status()).sources.acme?.checkpoint]).toEqual([0, null])
  expect((await engine.status()).sources.acme).toMatchObject({ pausedByOperator: true, nextPoll: '' })
  await engine.resume('source', 'acme')
  await waitFor(() => soc.taken.length === 25)
  const { checkpoint, state, pausedByOperator, nextPoll } = (await engine.status()).sources.acme ?? {}
  expect([typeof checkpoint, state, pausedByOperator]).toEqual(['number', 'ok', false])
  expect(Date.parse(nextPoll ?? '')).toBeGreaterThan(Date.now() - 5_000)
})

it('breaks off the poll that is under way when its source is paused', async () => {
  const from = source()
  let [isAsked, isAborted] = [false, false]
  const read: Source['read'] = (_, signal) =>
    new Promise((_resolve, reject) => {
      isAsked = true
      signal.addEventListener('abort', () => {
        isAborted = true
        reject(signal.reason)
      })
    })
  const engine = await open(tempFolder(), { ...from, read }, { soc: scriptedSink() })
  void engine.run()
  await waitFor(() => isAsked)
  await engine.pause('source', 'acme', 'dana')
  await waitFor(() => isAborted)
  expect((await engine.status()).sources.acme).toMatchObject({ state: 'paused', checkpoint: null })
})

it('names what is paused at the end of one pass, with events that wait and without', async () => {
  const folder = tempFolder()
  const [soc, lake, from] = [scriptedSink(), scriptedSink(), source()]
  const paused = await open(folder, from, { soc, lake })
  await paused.pause('sink', 'soc', 'dana')
  expect(await paused.once()).toEqual([
    expect.stringMatching(/^sink soc: 25 events undelivered \(paused by dana at .*\)$/),
  ])
  await paused.pause('source', 'acme', 'dana')
  await paused.stop(5_000)
  const { reads } = from

  const still = await open(folder, from, { soc, lake })
  await still.resume('sink', 'soc')
  await still.pause('sink', 'lake', 'dana')
  expect(await still.once()).toEqual([
    expect.stringMatching(/^source acme: paused by dana at /),
    expect.stringMatching(/^sink lake: paused by dana at /),
  ])
  expect([soc.taken.length, from.reads]).toEqual([25, reads])
})

it('is paused and resumed in the stored state too, for the engine that comes', async () => {
  const folder = tempFolder()
  const api = await openStoredApi(configOf(folder, undefined, { soc: scriptedSink() }))
  onTestFinished(() => api.close().catch(() => undefined))
  await api.pause('sink', 'soc', 'dana')
  await api.pause('source', 'acme', 'dana')
  await expect(api.pause('sink', 'acme', 'dana')).rejects.toThrow(
    new UnknownIdError('there is no sink acme; there is soc'),
  )
  await api.resume('source', 'acme')
  const { sources, sinks } = await api.status()
  expect([sources.acme?.state, sinks.soc?.state]).toEqual(['idle', 'paused'])
  expect(sinks.soc?.reason).toMatch(BY_DANA)
})
