/** How a command reaches the state: through the engine that runs, or else straight from the store. */
import { createEngineClient, type EngineQueries } from '../server/client.ts'
import { commandToken, findEngine } from '../server/engine-file.ts'
import { openStoredApi } from '../stored-engine.ts'
import { readConfig } from './read-config.ts'

export interface EngineAccess {
  readonly api: EngineQueries
  /** Whether an engine answers; otherwise `api` reads and changes the stored state. */
  readonly running: boolean
  close(): Promise<void>
}

/** Throws UsageError for a bad configuration, OperationError when the store can't be opened. */
export async function openEngineApi(configFile?: string): Promise<EngineAccess> {
  const config = await readConfig(configFile)
  // A shared state answers by itself, whichever engines run.
  const engine = config.state.type === 'embedded' ? await findEngine(config.state.path) : undefined
  if (engine) {
    const client = createEngineClient(engine.url, commandToken(config.server, engine))
    if (await client.alive()) return { api: client, running: true, close: client.close }
    await client.close()
  }
  const stored = await openStoredApi(config)
  return { api: stored, running: false, close: stored.close }
}
