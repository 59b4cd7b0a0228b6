/**
 * A source that leaves the configuration, or gets another id, while events are undelivered: its sinks still get them.
 */
import { expect, it, onTestFinished } from 'vitest'
import type { Source } from '../../src/connector.ts'
import { openStoredApi } from '../../src/engine/stored-engine.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { all, scriptedSink } from './lane-rig.ts'
import { runOnce } from './open-engine.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog, simulatedSource } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

/** A log with this many events in the last minutes. */
function sourceOf(organization: string, count: number): Source {
  const now = Math.floor(Date.now() / 1_000)
  const records = Array.from({ length: count }, (_, at) =>
    record({ timestamp: now - 200 + at, description: `${organization} ${at}` }),
  )
  return simulatedSource(createSimulatedLog(records), { organization })
}

function home() {
  const folder = tempFolder()
  const [soc, lake] = [scriptedSink(), scriptedSink()]
  const warned: (LogFields | undefined)[] = []
  const logger = {
    ...silentLogger,
    warn: (_: string, fields?: LogFields) => void warned.push(fields),
    child: () => logger,
  }
  const configOf = (id: string, source: Source) =>
    wholeConfig(
      folder,
      [sourceConfig({ id }, source)],
      Object.entries({ soc, lake }).map(([sink, it]) =>
        sinkConfig({ id: sink, sources: [id], retry: { maxBackoffMs: 60_000 } }, it),
      ),
    )
  return {
    ...{ folder, soc, lake, warned, configOf },
    /** `run --once` with only this source. */
    async run(id: string, source: Source) {
      warned.length = 0
      const { undone, status } = await runOnce(folder, configOf(id, source), logger)
      return { undone, sinks: status.sinks }
    },
  }
}

it('delivers what waits of it, and keeps nothing afterwards', async () => {
  const { folder, soc, lake, warned, run, configOf } = home()
  soc.always(all({ kind: 'pause', reason: '401' }))
  const oldest = Math.floor(Date.now() / 1_000) - 200
  expect((await run('acme', sourceOf('acme', 25))).undone).toEqual(['sink soc: 25 events undelivered (401)'])
  const other = sourceOf('acme', 0)

  // A component with waiting events isn't healthy, whoever asks.
  expect((await run('renamed', other)).undone).toEqual(['sink soc: 25 events undelivered (401)'])
  const api = await openStoredApi(configOf('renamed', other))
  expect(await api.status()).toMatchObject({
    sinks: { soc: { backlogEvents: 25 }, lake: { backlogEvents: 0 } },
    spool: { events: 25 },
  })
  // Somebody who continues elsewhere from the exported state has to read them again; the state says from where.
  const { sources } = await api.exportState()
  expect(Object.keys(sources)).toEqual(['renamed', 'acme'])
  const { position = 0, state } = sources.acme ?? {}
  expect(position).toBeLessThanOrEqual(oldest)
  expect(position).toBeGreaterThan(oldest - 60)
  expect(state).toMatchObject({ spooled: 25, origin: { organization: 'acme' } })
  await api.close()

  soc.always(({ events }) => events.map(() => ({ kind: 'delivered' })))
  soc.taken.length = 0
  const { undone, sinks } = await run('renamed', other)
  expect(undone).toEqual([])
  expect(warned).toEqual([{ source: 'acme', sink: 'soc', events: 25 }])
  expect(sinks.soc).toMatchObject({ backlogEvents: 0 })
  expect(soc.taken.toSorted()).toEqual(lake.taken.toSorted())

  await run('renamed', other)
  expect(warned).toEqual([])
  const stored = await openStoredApi(configOf('renamed', other))
  expect(Object.keys((await stored.exportState()).sources)).toEqual(['renamed'])
  await stored.close()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  expect(await store.bounds('acme')).toMatchObject({ start: 25, end: 25, bytes: 0 })
})
