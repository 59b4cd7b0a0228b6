/** Runs the engine as a process: its log, metrics, HTTP server and signals around it. */
import type { Config } from '../config/config.ts'
import { type Engine, ONCE_PATIENCE_MS, openEngine } from '../engine.ts'
import { messageOf } from '../errors.ts'
import { createLogger, type ServiceLogger } from '../ops/logger.ts'
import { createPrometheus, type Prometheus } from '../ops/prometheus.ts'
import { removeEngineFile, writeEngineFile } from '../server/engine-file.ts'
import { type RunningServer, startServer } from '../server/server.ts'
import { openSqliteStore } from '../spool/sqlite/store.ts'
import { VERSION } from '../version.ts'
import { surviveBrokenPipe } from './broken-pipe.ts'

export interface ServiceOptions {
  /** Reads the configuration again; absent where there is no file to read again. */
  readonly reload?: () => Config
  readonly patienceMs?: number
}

interface Service {
  readonly config: Config
  readonly engine: Engine
  readonly server: RunningServer | undefined
  readonly logger: ServiceLogger
  readonly prometheus: Prometheus
}

const OLD_STAYS = 'the new configuration is not used, the old one stays'

/** Polls and delivers until SIGTERM or SIGINT. SIGHUP reads the configuration again and reopens files. */
export async function runService(first: Config, options: ServiceOptions = {}): Promise<void> {
  let next: Config | undefined = first
  let last: Config | undefined
  const signals = listen(options.reload !== undefined)
  try {
    while (next !== undefined) {
      const service: Service = await openOrKeep(next, last)
      try {
        last = service.config
        next = await Promise.race([untilTold(signals, options, service), neverEnding(service.engine.run())])
      } finally {
        await closeService(service)
      }
    }
  } finally {
    signals.close()
  }
}

/** A new configuration may be well written and still not open: a port in use, a folder without rights. */
async function openOrKeep(next: Config, last: Config | undefined): Promise<Service> {
  const options = { patienceMs: Number.POSITIVE_INFINITY, serve: true }
  try {
    return await openService(next, options)
  } catch (error) {
    if (last === undefined) throw error
    const service = await openService(last, options)
    service.logger.error(OLD_STAYS, { reason: messageOf(error) })
    return service
  }
}

/** Only a fault ends it. */
async function neverEnding(run: Promise<void>): Promise<never> {
  await run
  return new Promise(() => {})
}

/** One pass over everything; answers what stayed undone. */
export async function runOnce(config: Config): Promise<string[]> {
  const service = await openService(config, { patienceMs: ONCE_PATIENCE_MS, serve: false })
  const signals = listen(false)
  try {
    const told = signals.next().then((signal) => [`interrupted by ${signal}`])
    return await Promise.race([service.engine.once(), told])
  } finally {
    signals.close()
    await closeService(service)
  }
}

async function openService(
  config: Config,
  { patienceMs, serve }: { patienceMs: number; serve: boolean },
): Promise<Service> {
  surviveBrokenPipe()
  const logger = createLogger(config.log)
  const prometheus = createPrometheus({ status: () => engine.status(), logger })
  prometheus.declare(Object.keys(config.sources), Object.keys(config.sinks))
  const store = openSqliteStore(config.state.path)
  const parts = {
    config,
    store,
    metrics: prometheus.metrics,
    logger,
    version: VERSION,
    now: Date.now,
    random: Math.random,
    patienceMs,
  }
  const engine = await openEngine(parts).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  if (!serve) return { config, engine, server: undefined, logger, prometheus }
  let server: RunningServer | undefined
  try {
    server = await startServer({ server: config.server, engine, prometheus, logger, version: VERSION })
    await writeEngineFile(config.state.path, {
      pid: process.pid,
      url: server.url,
      startedAt: new Date().toISOString(),
    })
    logger.info('auditferry listens', { version: VERSION, url: server.url, state: config.state.path })
    return { config, engine, server, logger, prometheus }
  } catch (error) {
    await server?.close()
    await engine.stop(0)
    throw error
  }
}

async function closeService({ config, engine, server, logger, prometheus }: Service): Promise<void> {
  logger.info('stopping: finishing what is under way')
  await engine.stop(config.shutdownTimeoutMs)
  await server?.close()
  await removeEngineFile(config.state.path)
  await prometheus.shutdown()
  logger.info('stopped')
  await logger.close()
}

/** Waits for the end (undefined) or for a new configuration that is good. */
async function untilTold(
  signals: Signals,
  { reload }: ServiceOptions,
  { logger }: Service,
): Promise<Config | undefined> {
  for (;;) {
    const signal = await signals.next()
    if (signal !== 'SIGHUP' || reload === undefined) return undefined
    try {
      const config = reload()
      logger.info('configuration read again')
      return config
    } catch (error) {
      logger.error(OLD_STAYS, { reason: messageOf(error) })
    }
  }
}

interface Signals {
  next(): Promise<NodeJS.Signals>
  close(): void
}

function listen(withHangup: boolean): Signals {
  const names: NodeJS.Signals[] = withHangup ? ['SIGTERM', 'SIGINT', 'SIGHUP'] : ['SIGTERM', 'SIGINT']
  const received: NodeJS.Signals[] = []
  let deliver: ((signal: NodeJS.Signals) => void) | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (deliver === undefined) received.push(signal)
    else deliver(signal)
    deliver = undefined
  }
  for (const name of names) process.on(name, onSignal)
  return {
    next: () =>
      new Promise((resolve) => {
        const waiting = received.shift()
        if (waiting === undefined) deliver = resolve
        else resolve(waiting)
      }),
    close: () => {
      for (const name of names) process.off(name, onSignal)
    },
  }
}
