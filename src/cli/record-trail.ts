/** Records in the trail what a command did beside engine and state: through the engine that runs, else in the stored state. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { openStore, readyWithin } from '../engine/open-store.ts'
import { messageOf } from '../errors.ts'
import { silentLogger } from '../lib/logger.ts'
import { reachEngine } from '../server/reach-engine.ts'
import { STATE_FILE } from '../spool/sqlite/open.ts'
import type { Store } from '../spool/store.ts'
import { type CommandDeed, createCommandRecord } from '../trail/command-record.ts'

/** How long a Redis is waited for. */
const PATIENCE_MS = 5_000

/** Creates no state and fails no command: if it can't be written, stderr says why. */
export async function recordInTrail(config: Config, deeds: readonly CommandDeed[]): Promise<void> {
  try {
    if (!(await recordByEngine(config, deeds))) await recordInState(config, deeds)
  } catch (error) {
    process.stderr.write(`auditferry: not written to the trail: ${messageOf(error)}\n`)
  }
}

async function recordByEngine(config: Config, deeds: readonly CommandDeed[]): Promise<boolean> {
  const { client } = await reachEngine(config)
  if (client === undefined) return false
  try {
    for (const deed of deeds) await client.record(deed)
    return true
  } finally {
    await client.close()
  }
}

async function recordInState({ state, sources }: Config, deeds: readonly CommandDeed[]): Promise<void> {
  if (state.type === 'embedded' && !existsSync(join(state.path, STATE_FILE))) return
  const opened = await openStore(state, { logger: silentLogger })
  const { store } = opened
  try {
    await readyWithin(opened, PATIENCE_MS)
    if (store.runtime === 'redis' && !(await holdsAnyOf(store, Object.keys(sources)))) return
    const record = createCommandRecord(store)
    for (const deed of deeds) await record(deed)
  } finally {
    await store.close()
  }
}

async function holdsAnyOf(store: Store, sources: readonly string[]): Promise<boolean> {
  const states = await Promise.all(sources.map((id) => store.loadSource(id)))
  return states.some((state) => state !== undefined)
}
