/** If only `run --once` is ever run, from a timer, the state file is bounded too. */
import { expect, it } from 'vitest'
import { silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { minute } from '../conformance/store-samples.ts'
import { scriptedSink } from './lane-rig.ts'
import { runOnce } from './open-engine.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog, simulatedSource } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

it('forgets what a single pass need not know any more', async () => {
  const folder = tempFolder()
  const now = Math.floor(Date.now() / 1_000)
  const [old, recent] = [500, 300].map((days) => Math.floor(now / 60) - days * 1_440) as [number, number]
  const before = openSqliteStore(folder)
  await before.append({
    source: 'acme',
    state: { ...freshSource, checkpoint: now - 600, start: old * 60 },
    ledger: [old, recent].map((at) => minute(at, 1, 1n, 'aa'.repeat(8))),
    quarantined: [],
  })
  await before.close()

  const log = createSimulatedLog([record({ timestamp: now - 60 })])
  const source = simulatedSource(log, { organization: 'acme' })
  const config = wholeConfig(folder, [sourceConfig({}, source)], [sinkConfig({}, scriptedSink())])
  expect((await runOnce(folder, config, silentLogger)).undone).toEqual([])

  const after = openSqliteStore(folder)
  const kept = (await after.ledger('acme', 0, now)).map(({ minute, uids }) => [minute, uids !== undefined])
  await after.close()
  expect(kept).toEqual([
    [recent, false],
    [Math.floor((now - 60) / 60), true],
  ])
})
