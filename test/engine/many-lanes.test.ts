import { expect, it, onTestFinished } from 'vitest'
import { openEngine } from '../../src/engine/engine.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { scriptedSink } from './lane-rig.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog, simulatedSource } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

const MANY = 20

it('reads the place of a lane a few times at the start, not once for each source', async () => {
  const folder = tempFolder()
  const ids = Array.from({ length: MANY }, (_, at) => `team-${at}`)
  const sources = ids.map((id) =>
    sourceConfig({ id }, simulatedSource(createSimulatedLog([]), { organization: id })),
  )
  const sinks = ids.map((id) => sinkConfig({ id: `sink-${id}`, sources: ids }, scriptedSink()))
  const store = openSqliteStore(folder)
  let loaded = 0
  const loadLane = (sink: string) => {
    loaded += 1
    return store.loadLane(sink)
  }
  const engine = await openEngine({
    ...{ config: wholeConfig(folder, sources, sinks), metrics: silentMetrics, logger: silentLogger },
    ...{
      store: { ...store, loadLane },
      now: Date.now,
      random: () => 0,
      version: '0.0.0',
      patienceMs: 10_000,
    },
  })
  onTestFinished(() => engine.stop(0))
  expect(await engine.once()).toEqual([])
  // A lane's stored place covers every source, so what is read grows with their number anyway.
  expect(loaded).toBeLessThan(5 * MANY)
})
