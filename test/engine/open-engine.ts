/** An engine over a state folder. */
import { onTestFinished } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { type Engine, openEngine } from '../../src/engine/engine.ts'
import { type Logger, silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import type { Status } from '../../src/ops/status.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'

interface Surroundings {
  readonly logger?: Logger
  readonly now?: () => number
}

/** Stops after the test, if the test does not stop it. */
export async function engineOver(
  folder: string,
  config: Config,
  { logger = silentLogger, now = Date.now }: Surroundings = {},
): Promise<Engine> {
  const engine = await openEngine({
    ...{ config, logger, now, metrics: silentMetrics, version: '0.0.0', random: () => 0 },
    store: openSqliteStore(folder),
    patienceMs: 10_000,
  })
  onTestFinished(() => engine.stop(0).catch(() => undefined))
  return engine
}

/** As `run --once` does. Returns what is left undone, one line each. */
export async function runOnce(
  folder: string,
  config: Config,
  logger: Logger,
): Promise<{ undone: readonly string[]; status: Status }> {
  const engine = await engineOver(folder, config, { logger })
  try {
    return { undone: await engine.once(), status: await engine.status() }
  } finally {
    await engine.stop(5_000)
  }
}
