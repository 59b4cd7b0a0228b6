/** A lane that passes from one process to another on the same machine. */
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { definition } from '../../connectors/sinks/archive/index.ts'
import { createArchives } from '../../src/engine/archives.ts'
import { openComponents } from '../../src/engine/components.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { newEvents } from '../archive/rig.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { openStore } from './lane-rig.ts'
import { sinkConfig, wholeConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

const { signal } = new AbortController()

it('takes over the lock of its archive’s file, even if an import took it without the lane', async () => {
  const path = join(tempFolder(), 'archive.db')
  const [first, second] = [await openWorker(path), await openWorker(path)]
  expect(await first.write(0)).toBe('delivered')
  expect(await second.write(4)).toBe('pause')
  await first.unit.give()
  expect(await second.write(4)).toBe('delivered')
  await second.unit.give()
  expect(await first.bring(8)).toMatchObject({ added: 4 })
  expect(await second.write(12)).toBe('delivered')
})

async function openWorker(path: string) {
  const config = wholeConfig('', [], [sinkConfig({ definition, options: definition.config.parse({ path }) })])
  const parts = { config, store: openStore(), logger: silentLogger, metrics: silentMetrics, version: '0.0.0' }
  const components = await openComponents({ ...parts, now: Date.now, random: () => 0, patienceMs: 0 })
  const [unit = expect.fail()] = components.sinks
  onTestFinished(async () => {
    await unit.give()
    await components.close()
  })
  const archives = createArchives(parts, components.sinks, signal)
  return {
    unit,
    /** Four events, starting with this one; and the outcome of the first. */
    async write(from: number) {
      const [outcome] = await unit.sink.write(batchOf(auditEvents(4, from), lineFormat('native')), signal)
      return outcome?.kind
    },
    bring: (from: number) => archives.importEvents({ sink: 'soc', events: newEvents(4, from) }),
  }
}
