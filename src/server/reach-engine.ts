import type { Config } from '../config/config.ts'
import { createEngineClient, type EngineClient } from './client.ts'
import { commandToken, type EngineFile, findEngine } from './engine-file.ts'

export interface Reached {
  /** Absent where none is written down. */
  readonly engine?: EngineFile
  /** Absent where none answers. Whoever asks for it closes it. */
  readonly client?: EngineClient
}

/** The engine that runs on the embedded state. A shared state answers by itself, whichever engines run. */
export async function reachEngine({ state, server }: Pick<Config, 'state' | 'server'>): Promise<Reached> {
  const engine = state.type === 'embedded' ? await findEngine(state.path) : undefined
  if (engine === undefined) return {}
  const client = createEngineClient(engine.url, commandToken(server, engine))
  if (await client.alive()) return { engine, client }
  await client.close()
  return { engine }
}
