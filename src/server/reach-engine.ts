import type { Config } from '../config/config.ts'
import { createEngineClient, type EngineClient } from './client.ts'
import { commandToken, type EngineFile, findEngine } from './engine-file.ts'

interface Reached {
  /** Absent where none is written down. */
  readonly engine?: EngineFile
  /** Absent if none answers. The caller closes it. */
  readonly client?: EngineClient
}

/** Finds the engine that runs on an embedded state. A shared state needs none: the store itself can be asked. */
export async function reachEngine({ state, server }: Pick<Config, 'state' | 'server'>): Promise<Reached> {
  const engine = state.type === 'embedded' ? await findEngine(state.path) : undefined
  if (engine === undefined) return {}
  const client = createEngineClient(engine.url, commandToken(server, engine))
  if (await client.alive()) return { engine, client }
  await client.close()
  return { engine }
}
