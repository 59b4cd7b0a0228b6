/** How a command reaches the state: through the engine that runs, or else straight from the store. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import type { EngineQueries } from '../engine/engine-queries.ts'
import { openStoredApi } from '../engine/stored-engine.ts'
import { StateInUse } from '../errors.ts'
import { reachEngine } from '../server/reach-engine.ts'
import { readConfig } from './read-config.ts'

interface EngineAccess {
  readonly api: EngineQueries
  /** Whether an engine answers; otherwise `api` reads and changes the stored state. */
  readonly running: boolean
  close(): Promise<void>
}

/** Another command ends soon, and an engine that is starting or stopping soon answers or lets go. */
const PATIENCE_MS = 5_000
const LOOK_EVERY_MS = 200

/** Throws UsageError for a bad configuration, OperationError when the store can't be opened. */
export async function openEngineApi(configFile?: string, patienceMs = PATIENCE_MS): Promise<EngineAccess> {
  const config = await readConfig(configFile)
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return await openNow(config)
    } catch (error) {
      if (!(error instanceof StateInUse) || performance.now() >= deadline) throw error
      await sleep(LOOK_EVERY_MS)
    }
  }
}

async function openNow(config: Config): Promise<EngineAccess> {
  const { engine, client } = await reachEngine(config)
  if (client !== undefined) return { api: client, running: true, close: client.close }
  const stored = await openStoredApi(config).catch((error: unknown) => {
    if (engine === undefined || !(error instanceof StateInUse) || error.url !== engine.url) throw error
    const { pid, url } = engine
    throw new StateInUse(
      `the engine (process ${pid}) holds the state and does not answer at ${url}: look at its log; if it is stopped or hangs, wake it up (kill -CONT ${pid}) or end it`,
    )
  })
  return { api: stored, running: false, close: stored.close }
}
