/** The engine as a whole, in this process: one pass, running, and stopping in time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SinkConfig, SourceConfig } from '../../src/config/config.ts'
import type { Sink, Source } from '../../src/connector.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { SourceError } from '../../src/errors.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { delivered, type Outcome } from '../../src/outcome.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { type Answer, all, hang, scriptedSink, waitFor } from './lane-rig.ts'
import { engineOver } from './open-engine.ts'
import { answer } from './reader-script.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

const REJECTED: Outcome = { kind: 'rejected', reason: 'HTTP 400' }
const PAUSE: Outcome = { kind: 'pause', reason: 'HTTP 401' }

function logOf(count: number) {
  const now = Math.floor(Date.now() / 1_000)
  return createSimulatedLog(
    Array.from({ length: count }, (_, at) => record({ timestamp: now - at, description: `${at}` })),
  )
}

function sourceOver(read: Source['read']): Source {
  return {
    organization: 'acme',
    read,
    check: () => Promise.reject(new Error('not checked')),
    close: async () => {},
  }
}

interface Setup {
  readonly source?: Source
  readonly sources?: Partial<SourceConfig>
  readonly sinks?: Readonly<Record<string, Sink>>
  readonly sink?: Partial<SinkConfig>
  readonly folder?: string
  readonly maxSpoolBytes?: number
  readonly now?: () => number
}

async function open({
  source,
  sources,
  sinks = {},
  sink,
  folder = tempFolder(),
  now = Date.now,
  ...state
}: Setup): Promise<Engine> {
  const log = logOf(25)
  const from = source ?? sourceOver(async (request) => log.read(request))
  const lanes = Object.entries(sinks).map(([id, it]) => sinkConfig({ id, ...sink }, it))
  const config = wholeConfig(folder, [sourceConfig(sources, from)], lanes)
  return engineOver(folder, { ...config, state: { ...config.state, ...state } }, { now })
}

it('that only counted has nothing to drain when it stops', async () => {
  const engine = await open({ sinks: { soc: scriptedSink() } })
  const range = { from: 0, to: Math.floor(Date.now() / 1000), parallel: 1 }
  expect(await engine.backfill({ source: 'acme', ...range, dryRun: true })).toEqual([])
  const startedAt = performance.now()
  await engine.stop(20_000)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})

describe('one pass', () => {
  it('polls everything, delivers everything, and leaves nothing undone', async () => {
    const [soc, lake] = [scriptedSink(), scriptedSink()]
    const engine = await open({ sinks: { soc, lake } })
    expect(await engine.once()).toEqual([])
    expect([soc.taken.length, lake.taken.length]).toEqual([25, 25])
    const status = await engine.status()
    expect(status.sources.acme).toMatchObject({ events: 25, state: 'ok' })
    expect(status.sinks.soc).toMatchObject({ delivered: 25, backlogEvents: 0 })
  })

  it('does not wait for a full batch, however long that may age', async () => {
    const soc = scriptedSink()
    const batch = { maxEvents: 1_000, maxBytes: 1e9, maxAgeMs: 3_600_000 }
    const engine = await open({ sinks: { soc }, sink: { batch } })
    expect(await engine.once()).toEqual([])
    expect(soc.writes.map((write) => write.length)).toEqual([25])
  })

  it('lets a sink do what falls due, from the start on and until the engine stops', async () => {
    let [turns, isStopped] = [0, false]
    let readUpTo = async (): Promise<number | undefined> => undefined
    const tend: Sink['tend'] = async (signal, ask = readUpTo) => {
      turns++
      readUpTo = ask
      signal.addEventListener('abort', () => {
        isStopped = true
      })
      throw new Error('the manifest could not be written')
    }
    const engine = await open({ sinks: { soc: { ...scriptedSink(), tend } } })
    expect(await engine.once()).toEqual([])
    expect([turns, isStopped]).toEqual([1, false])
    expect(await readUpTo()).toBe((await engine.status()).sources.acme?.checkpoint)
    const { state, reason, delivered } = (await engine.status()).sinks.soc ?? {}
    expect([state, delivered]).toEqual(['idle', 25])
    expect(reason).toBe('overdue, tried again every minute: the manifest could not be written')
    await engine.stop(1000)
    expect(isStopped).toBe(true)
  })

  it('ends when what fell due at a sink is done, though there is nothing to deliver', async () => {
    let isDone = false
    const tend: Sink['tend'] = async (signal) => {
      await sleep(500, undefined, { signal })
      isDone = true
    }
    const source = sourceOver(async (request) => logOf(0).read(request))
    expect(await (await open({ source, sinks: { soc: { ...scriptedSink(), tend } } })).once()).toEqual([])
    expect(isDone).toBe(true)
  })

  it('is done with dead letters', async () => {
    const soc = scriptedSink()
    soc.always(all(REJECTED))
    const engine = await open({ sinks: { soc } })
    expect(await engine.once()).toEqual([])
    expect((await engine.status()).sinks.soc).toMatchObject({ deadLettered: 25, backlogEvents: 0 })
  })

  it('names a sink that did not get the dead letters that were queued for it', async () => {
    const folder = tempFolder()
    const soc = scriptedSink()
    // Each log has its own second, and with it different events.
    const log = logOf(25)
    const source = sourceOver(async (request) => log.read(request))
    soc.always(all(REJECTED))
    const first = await open({ folder, source, sinks: { soc } })
    await first.once()
    await first.stop(1_000)
    const store = openSqliteStore(folder)
    expect(await store.queueDeadLetters({ sink: 'soc' })).toBe(25)
    await store.close()
    soc.always(all(PAUSE))
    const second = await open({ folder, source, sinks: { soc }, sink: { retry: { maxBackoffMs: 50 } } })
    expect(await second.once()).toEqual(['sink soc: 25 queued dead letters not sent (HTTP 401)'])
    await second.stop(1_000)
    soc.always(all({ kind: 'delivered' }))
    expect(await (await open({ folder, source, sinks: { soc } })).once()).toEqual([])
    expect(soc.taken).toHaveLength(25)
  })

  it('names a sink without a lane for which dead letters were queued', async () => {
    const folder = tempFolder()
    const [soc, gone] = [scriptedSink(), scriptedSink()]
    for (const sink of [soc, gone]) sink.always(all(REJECTED))
    const first = await open({ folder, sinks: { soc, gone } })
    await first.once()
    await first.stop(1_000)
    const store = openSqliteStore(folder)
    expect(await store.queueDeadLetters({})).toBe(50)
    await store.close()
    const second = await open({ folder, sinks: { soc }, sink: { enabled: false } })
    expect(await second.once()).toEqual([
      expect.stringMatching(/^sink soc: 25 queued dead letters not sent \(disabled: enable it, or /),
      expect.stringMatching(/^sink gone: 25 queued dead letters not sent \(not in the configuration: put it/),
    ])
  })

  it('is not idle while a dead letter that was queued again is under way', async () => {
    const soc = scriptedSink()
    soc.always(all(REJECTED))
    const engine = await open({ sinks: { soc } })
    await engine.once()
    const [letter] = await engine.deadLetters({ limit: 1 })
    const { promise, resolve: answer } = Promise.withResolvers<void>()
    soc.answers.push(async ({ events }) => {
      await promise
      return events.map(() => ({ kind: 'delivered' }))
    })
    expect(await engine.queueDeadLetters({ ids: [letter?.id ?? ''] })).toBe(1)
    expect((await engine.status()).sinks.soc).toMatchObject({
      ...{ state: 'ok', reason: '1 event waits to be sent again', backlogEvents: 0 },
    })
    answer()
    await expect.poll(async () => (await engine.status()).sinks.soc?.state).toBe('idle')
  })

  it('names a paused sink, and what it did not take; the other has everything', async () => {
    const [soc, lake] = [scriptedSink(), scriptedSink()]
    soc.always(all(PAUSE))
    const engine = await open({ sinks: { soc, lake }, sink: { retry: { maxBackoffMs: 50 } } })
    expect(await engine.once()).toEqual(['sink soc: 25 events undelivered (HTTP 401)'])
    expect(lake.taken).toHaveLength(25)
  })

  it('names a source that needs a person, or a long time', async () => {
    const failing = (error: SourceError) => sourceOver(() => Promise.reject(error))
    const paused = await open({ source: failing(new SourceError('configuration', 'HTTP 401')) })
    expect(await paused.once()).toEqual(['source acme: HTTP 401'])
    const throttled = await open({
      source: failing(new SourceError('transient', 'HTTP 429', { afterMs: 60_000 })),
    })
    expect(await throttled.once()).toEqual(['source acme: HTTP 429'])
  })

  it('tries again after a short trouble', async () => {
    const log = logOf(3)
    log.failAfter = 0
    const soc = scriptedSink()
    const engine = await open({ source: sourceOver(async (request) => log.read(request)), sinks: { soc } })
    expect(await engine.once()).toEqual([])
    expect(soc.taken).toHaveLength(3)
  })

  it('ends when the spool is full and the sink that would empty it is paused', async () => {
    const soc = scriptedSink()
    soc.always(all(PAUSE))
    const log = logOf(2_500)
    const source = sourceOver(async (request) => log.read(request))
    const engine = await open({
      source,
      sinks: { soc },
      sink: { retry: { maxBackoffMs: 3_600_000 } },
      maxSpoolBytes: 1,
    })
    expect((await engine.once())[0]).toMatch(/source acme: the spool is full/)
  })

  it('ends when a sink fails on and on, however short its back-off', async () => {
    const soc = scriptedSink()
    let passed = 0
    soc.always(async ({ events }) => {
      await sleep(1)
      passed += 4_000
      return events.map(() => ({ kind: 'retry', reason: 'HTTP 503' }))
    })
    const now = () => Date.now() + passed
    const engine = await open({ sinks: { soc }, sink: { retry: { maxBackoffMs: 50 } }, now })
    expect(await engine.once()).toEqual(['sink soc: 25 events undelivered (HTTP 503)'])
    expect(soc.writes.length).toBeGreaterThan(2)
  })

  it('names records that were quarantined', async () => {
    const bad = { unreadable: 'no time', bytes: Buffer.from('x') }
    const source = sourceOver(async () => answer([bad, record({ timestamp: 5 })]))
    const engine = await open({ source, sinks: { soc: scriptedSink() } })
    expect(await engine.once()).toEqual(['source acme: 1 record quarantined'])
  })
})

describe('running', () => {
  it('is ready, delivers, and is not ready any more once it stops', async () => {
    const soc = scriptedSink()
    const engine = await open({ sinks: { soc } })
    expect(engine.readiness().ready).toBe(false)
    const running = engine.run()
    expect(engine.readiness()).toEqual({ ready: true, reasons: [] })
    await waitFor(() => soc.taken.length === 25)
    await engine.stop(10_000)
    await running
    expect(engine.readiness().ready).toBe(false)
  })

  it('sends queued dead letters again at once', async () => {
    const soc = scriptedSink()
    soc.always(all(REJECTED))
    const engine = await open({ sinks: { soc } })
    void engine.run()
    await waitFor(async () => (await engine.deadLetters({})).length === 25)
    soc.always(({ events }) => events.map(() => delivered))
    expect(await engine.queueDeadLetters({ sink: 'soc' })).toBe(25)
    await waitFor(() => soc.taken.length === 25)
  })
})

describe('stopping', () => {
  it('delivers what is spooled before it ends', async () => {
    const soc = scriptedSink()
    const batch = { maxEvents: 1_000, maxBytes: 1e9, maxAgeMs: 3_600_000 }
    const engine = await open({ sinks: { soc }, sink: { batch } })
    void engine.run()
    await waitFor(async () => (await engine.status()).sources.acme?.events === 25)
    expect(soc.taken).toEqual([])
    await engine.stop(10_000)
    expect(soc.taken).toHaveLength(25)
  })

  it('gives up a sink that hangs in time, and the next process repeats its batch', async () => {
    const folder = tempFolder()
    const log = logOf(25)
    const source = sourceOver(async (request) => log.read(request))
    const soc = scriptedSink()
    soc.always(hang)
    const engine = await open({ folder, source, sinks: { soc } })
    void engine.run()
    await waitFor(() => soc.writes.length === 1)
    const [batch] = soc.writes
    await engine.stop(1_600)
    const again = scriptedSink()
    expect(await (await open({ folder, source, sinks: { soc: again } })).once()).toEqual([])
    expect(again.writes[0]).toEqual(batch)
    expect(new Set(again.taken).size).toBe(25)
  })

  it('does not wait for a sink that is paused', async () => {
    const soc = scriptedSink()
    soc.always(all(PAUSE))
    const engine = await open({ sinks: { soc }, sink: { retry: { maxBackoffMs: 3_600_000 } } })
    void engine.run()
    await waitFor(() => soc.writes.length === 1)
    const startedAt = performance.now()
    await engine.stop(25_000)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
  })

  it('lets a sink that recovers answer the probe that is under way, which would go out twice otherwise', async () => {
    const soc = scriptedSink()
    const slow: Answer = async ({ events }, signal) => {
      // Otherwise what waits behind the probe would go out before the stop.
      await waitFor(() => !engine.readiness().ready)
      await sleep(100, undefined, { signal })
      return events.map(() => delivered)
    }
    soc.answers.push(all(PAUSE), slow)
    const engine = await open({ sinks: { soc }, sink: { retry: { maxBackoffMs: 50 } } })
    void engine.run()
    await waitFor(() => soc.writes.length === 2)
    await engine.stop(10_000)
    expect(soc.taken).toEqual(soc.writes[1])
  })

  it('breaks off a poll that is under way', async () => {
    let asked = false
    const source = sourceOver(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          asked = true
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const engine = await open({ source })
    const running = engine.run()
    await waitFor(() => asked)
    await engine.stop(10_000)
    await running
    expect(engine.readiness().ready).toBe(false)
  })
})
