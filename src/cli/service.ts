/** Runs the engine as a process: its log, metrics, HTTP server and signals around it. */
import type { Config } from '../config/config.ts'
import { type Engine, openEngine } from '../engine/engine.ts'
import type { BackfillOrder } from '../engine/engine-api.ts'
import { openStore, readyWithin } from '../engine/open-store.ts'
import { ONCE_PATIENCE_MS } from '../engine/single-pass.ts'
import { messageOf, OperationError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { createMirror, type Mirror } from '../mirror/mirror.ts'
import { openPlace } from '../mirror/place.ts'
import { type BackfillStatus, findBackfill } from '../ops/backfill-status.ts'
import type { Counters } from '../ops/counters.ts'
import { createLogger, type ServiceLogger } from '../ops/logger.ts'
import { silentMetrics } from '../ops/metrics.ts'
import { removeEngineFile } from '../server/engine-file.ts'
import { createEngineProxy } from '../server/engine-proxy.ts'
import type { RunningServer } from '../server/server.ts'
import type { Store } from '../spool/store.ts'
import { createCommandRecord, recorded } from '../trail/command-record.ts'
import { VERSION } from '../version.ts'
import { surviveBrokenPipe } from './broken-pipe.ts'
import { openPatiently, untilUnreachable } from './patience.ts'
import { listen, type Signals } from './signals.ts'

interface ServiceOptions {
  /** Reads the configuration again; absent if there is no file. */
  readonly reload?: () => Promise<Config>
  /** If given, already listening since before the configuration was read. */
  readonly signals?: Signals
  readonly patienceMs?: number
}

interface Service {
  readonly config: Config
  readonly started: Promise<Engine>
  readonly logger: ServiceLogger
  readonly store: Store
  readonly counters: Counters | undefined
  close(): Promise<void>
}

const OLD_STAYS = 'the new configuration is not used, the old one stays'

/** Polls and delivers until SIGTERM or SIGINT. SIGHUP reads the configuration again and reopens files. */
export async function runService(first: Config, options: ServiceOptions = {}): Promise<void> {
  let next: Config | undefined = first
  let last: Service | undefined
  const signals = options.signals ?? listen()
  try {
    // A stop may come while the previous service is being closed.
    while (next !== undefined && !(last && signals.isToStop())) {
      const service: Service = await openOrKeep(next, last)
      try {
        last = service
        next = await Promise.race([
          nextConfig(signals, options, service),
          neverEnding(service.started.then((engine) => engine.run())),
        ])
      } finally {
        await closeService(service)
      }
    }
  } finally {
    signals.close()
  }
}

/** A valid new configuration may still fail to open: a port in use, a folder without rights. Then the last one stays. */
async function openOrKeep(next: Config, last: Service | undefined): Promise<Service> {
  const options = { patienceMs: Number.POSITIVE_INFINITY, serve: true, counters: last?.counters }
  try {
    return await openService(next, options)
  } catch (error) {
    if (last === undefined) throw error
    const service = await openService(last.config, options)
    service.logger.error(OLD_STAYS, { reason: messageOf(error) })
    return service
  }
}

/** Ends only by throwing. */
async function neverEnding(run: Promise<void>): Promise<never> {
  await run
  return new Promise(() => {})
}

/** One pass over everything; answers what remained undone. */
export async function runOnce(config: Config): Promise<string[]> {
  const service = await openService(config, { patienceMs: ONCE_PATIENCE_MS, serve: false })
  const signals = listen()
  try {
    const interrupted = signals.next().then((signal) => [`interrupted by ${signal}`])
    const engine = await service.started
    return await Promise.race([engine.once(), interrupted])
  } finally {
    signals.close()
    await closeService(service)
  }
}

/** One backfill, without a running engine; `look` is called now and then with its progress. */
export async function runBackfill(
  config: Config,
  order: BackfillOrder,
  look: (status: BackfillStatus) => void,
): Promise<{ undone: string[]; status: BackfillStatus }> {
  const service = await openService(config, { patienceMs: ONCE_PATIENCE_MS, serve: false })
  const signals = listen()
  try {
    const engine = await service.started
    const record = createCommandRecord(service.store)
    const find = async () => findBackfill(await engine.backfills(), order)
    const timer = setInterval(
      () =>
        find()
          .then((it) => it && look(it))
          .catch(() => undefined),
      LOOK_EVERY_MS,
    )
    const interrupted = signals.next().then((signal) => [`interrupted by ${signal}`])
    const walked = engine.backfill(order, (begin) => recorded(record, 'backfill-started', order, begin))
    const undone = await Promise.race([walked, interrupted]).finally(() => clearInterval(timer))
    const status = await find()
    if (status === undefined) throw new OperationError('the backfill did not begin')
    return { undone, status }
  } finally {
    signals.close()
    await closeService(service)
  }
}

const LOOK_EVERY_MS = 500

async function openService(
  config: Config,
  { patienceMs, serve, counters }: { patienceMs: number; serve: boolean; counters?: Counters | undefined },
): Promise<Service> {
  surviveBrokenPipe()
  const logger = createLogger(config.log)
  const giveUp = async (error: unknown): Promise<never> => {
    await logger.close(config.shutdownTimeoutMs)
    throw error
  }
  // Without a server nobody can ask for metrics either.
  const listening = serve ? await import('./serve-engine.ts') : undefined
  const prometheus = listening?.openPrometheus(config, () => api.status(), logger, counters)
  const metrics = prometheus?.metrics ?? silentMetrics
  const refused = () => metrics.refusedWrite()
  const sources = Object.keys(config.sources)
  const opened = await openStore(config.state, { logger, sources, refused }).catch(giveUp)
  const { store } = opened
  const mirror = mirrorOf(config, store, logger)
  let engine: Engine | undefined
  const waits = { trouble: () => store.trouble() ?? mirror?.waitsFor() }
  const api = createEngineProxy(() => engine, waits)
  const ending = new AbortController()

  const open = async (): Promise<Engine> => {
    await (serve ? opened.ready(ending.signal) : readyWithin(opened, patienceMs))
    const parts = { config, store, metrics, logger, version: VERSION, now: Date.now }
    const schedule = serve ? await opened.createSchedule(config.shutdownTimeoutMs) : undefined
    const more = { random: Math.random, patienceMs, ...(mirror && { mirror }) }
    engine = await openEngine({ ...parts, ...more }, schedule)
    return engine
  }
  let server: RunningServer | undefined
  const close = async () => {
    const until = performance.now() + config.shutdownTimeoutMs
    ending.abort(new Error('the service ends'))
    await server?.endStreams()
    if (engine === undefined) {
      await mirror?.close(0)
      await store.close(config.shutdownTimeoutMs)
    } else await engine.stop(until - performance.now())
    await server?.close()
    if (serve && config.state.type === 'embedded') await removeEngineFile(config.state.path)
    await prometheus?.shutdown()
  }
  try {
    if (listening !== undefined && prometheus !== undefined) {
      const parts = { engine: api, prometheus, logger, version: VERSION, store }
      server = await listening.serveEngine(config, parts)
    }
    const started = serve ? openPatiently(open, { ...opened, logger, signal: ending.signal }) : open()
    // A Redis or a mirror that is not there is waited for; any other failure is reported at once.
    await (serve ? Promise.race([started, untilUnreachable(waits, ending.signal)]) : started)
    return { config, started, logger, store, counters: prometheus?.counters, close }
  } catch (error) {
    await close()
    return giveUp(error)
  }
}

/** On Redis, a mirror in memory even without a place: Redis may be flushed while this process lives. */
function mirrorOf(config: Config, store: Store, logger: Logger): Mirror | undefined {
  const { mirror: address, type } = config.state
  if (address === undefined && type === 'embedded') return undefined
  const place = address === undefined ? undefined : openPlace(address)
  return createMirror({ config, store, place, logger, now: Date.now })
}

async function closeService({ config, logger, close }: Service): Promise<void> {
  const until = performance.now() + config.shutdownTimeoutMs
  logger.info('stopping: finishing what is under way')
  await close()
  logger.info('stopped')
  await logger.close(Math.max(0, until - performance.now()))
}

/** Waits for the end (undefined) or for a valid new configuration. */
async function nextConfig(
  signals: Signals,
  { reload }: ServiceOptions,
  { logger }: Service,
): Promise<Config | undefined> {
  for (;;) {
    const signal = await signals.next()
    if (signal !== 'SIGHUP' || reload === undefined) return undefined
    try {
      const config = await reload()
      logger.info('configuration read again')
      return config
    } catch (error) {
      logger.error(OLD_STAYS, { reason: messageOf(error) })
    }
  }
}
