/**
 * `run --once` with a planned death: `mortal-engine.ts <configuration> [<write> before|after]`. Dies by SIGKILL at that
 * store write; if it survives, it prints what it left undone and how many writes there were.
 */
import { loadConfig } from '../../src/config/load.ts'
import { openEngine } from '../../src/engine/engine.ts'
import { openStore } from '../../src/engine/open-store.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { type Death, dyingStore } from './dying-store.ts'

const [, , file = '', write, when] = process.argv
const death: Death | undefined =
  write === undefined ? undefined : { write: Number(write), when: when === 'after' ? 'after' : 'before' }
const loaded = await loadConfig(file, {})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
const { config } = loaded

const opened = await openStore(config.state, { logger: silentLogger })
await opened.ready()
const store = dyingStore(opened.store, () => death, dieNow)
const engine = await openEngine({
  config,
  store,
  metrics: silentMetrics,
  logger: silentLogger,
  version: '0.0.0',
  now: Date.now,
  random: () => 0,
  patienceMs: 10_000,
})
const undone = await engine.once()
await engine.stop(10_000)
process.stdout.write(JSON.stringify({ undone, writes: store.writes() }))

function dieNow(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}
