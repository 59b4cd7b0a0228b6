/** Without an engine, commands write to the trail who did what, in the server's words. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { openStoredApi, type StoredApi } from '../../src/engine/stored-engine.ts'
import { withTrail } from '../../src/engine/stored-trail.ts'
import { OperationError } from '../../src/errors.ts'
import { DEEDS } from '../../src/server/audited.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { createCommandRecord } from '../../src/trail/command-record.ts'
import { localUser } from '../../src/trail/local-user.ts'
import { auditEvents } from '../conformance/batches.ts'
import { append, deadLetter, settlement } from '../conformance/store-samples.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { spool } from './spooled-events.ts'
import { tempFolder } from './temp-folder.ts'

const WHO = { user: localUser(), role: 'operator', address: '', outcome: 'success' }

/** The entries in the trail after `use`, oldest first. */
async function trailAfter(use: (api: StoredApi) => Promise<unknown>) {
  const folder = tempFolder()
  const before = openSqliteStore(folder)
  await spool(before, auditEvents(3))
  await before.append(append({ state: { ...freshSource, checkpoint: 1_795_384_800 } }))
  const cursors = { acme: freshCursor(3) }
  await before.settle([
    settlement({ state: { cursors }, deadLettered: [deadLetter('d1'), deadLetter('d2')] }),
  ])
  await before.close()
  const sources = [sourceConfig(), sourceConfig({ id: 'unread' })]
  const api = await openStoredApi(wholeConfig(folder, sources, [sinkConfig()]))
  await use(api).finally(() => api.close())
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  return (await store.trail({ limit: 99 })).reverse()
}

it('records everything that a command changes or exports, under the name of whoever gives it', async () => {
  const entries = await trailAfter(async (api) => {
    await api.pause('source', 'acme', 'dana')
    await api.resume('source', 'acme')
    await api.pause('sink', 'soc', 'dana')
    await api.resume('sink', 'soc')
    await api.queueDeadLetters({ ids: ['d1'] })
    for await (const _ of await api.exportDeadLetters({ sink: 'soc' }));
    await api.dropDeadLetters({})
    await api.cancelBackfill('acme')
    const state = await api.exportState()
    await api.importState?.(state, true)
  })
  expect(entries).toMatchObject([
    { ...WHO, action: 'source-paused', details: { id: 'acme' } },
    { ...WHO, action: 'source-resumed', details: { id: 'acme' } },
    { ...WHO, action: 'sink-paused', details: { id: 'soc' } },
    { ...WHO, action: 'sink-resumed', details: { id: 'soc' } },
    { ...WHO, action: 'dead-letters-retried', details: { ids: ['d1'] } },
    { ...WHO, action: 'dead-letters-exported', details: { sink: 'soc' } },
    { ...WHO, action: 'dead-letters-dropped', details: { all: true } },
    { ...WHO, action: 'backfill-cancelled', details: { source: 'acme' } },
    { ...WHO, action: 'state-exported', details: {} },
    { ...WHO, action: 'state-imported', details: { sources: ['acme'], force: true } },
  ])
  const known = new Set([...Object.values(DEEDS), 'state-imported'])
  expect(entries.filter(({ action }) => !known.has(action))).toEqual([])
})

it('records failed attempts with the reason, but neither mere reads nor mistyped commands', async () => {
  const entries = await trailAfter(async (api) => {
    await api.status()
    await api.deadLetters({})
    await expect(api.pause('sink', 'lost', 'dana')).rejects.toThrow('there is no sink lost')
    const query = { source: 'unread', from: 1_795_305_600, to: 1_795_392_000, repair: false }
    await expect(api.reconcile({ ...query, source: 'lost' })).rejects.toThrow('there is no source lost')
    await expect(api.reconcile(query)).rejects.toThrow('nothing is stored')
  })
  const reason = expect.stringContaining('nothing is stored of the source unread yet')
  const details = { source: 'unread', repair: false, reason }
  expect(entries).toMatchObject([{ action: 'range-reconciled', outcome: 'failure', details }])
})

const range = { sink: 'soc', from: 1_795_305_600, to: 1_795_392_000 }
const cursor = { source: 'acme', to: 9, phase: 'source', at: 5 } as const

it('records a replay once, and one that cannot continue', async () => {
  const told: unknown[] = []
  const record = async (deed: object) => {
    told.push(deed)
  }
  const answers = [Promise.resolve({}), Promise.resolve({}), Promise.reject(new OperationError('refused'))]
  const asked: unknown[] = []
  const replay = (request: unknown) => {
    asked.push(request)
    return answers.shift()
  }
  const api = withTrail({ replay } as unknown as StoredApi, record)
  await api.replay(range)
  await api.replay({ ...range, cursor })
  await expect(api.replay({ ...range, cursor })).rejects.toThrow('refused')
  expect(asked).toEqual([range, { ...range, cursor }, { ...range, cursor }])
  const details = { sink: 'soc', from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' }
  expect(told).toEqual([
    { action: 'replay-queued', outcome: 'success', details },
    { action: 'replay-queued', outcome: 'failure', details: { ...details, reason: 'refused' } },
  ])
})

it('says what is done although it could not be recorded', async () => {
  const full = createCommandRecord({ appendTrail: () => Promise.reject(new OperationError('no space left')) })
  const api = withTrail({ cancelBackfill: async () => true } as unknown as StoredApi, full)
  await expect(api.cancelBackfill('acme')).rejects.toThrow(
    'done, but it could not be written to the trail: no space left',
  )
})

it('shows nothing that is taken out unrecorded, but what was only compared', async () => {
  const full = createCommandRecord({ appendTrail: () => Promise.reject(new OperationError('no space left')) })
  const read = { exportState: async () => ({}), reconcile: async () => 'compared' }
  const api = withTrail(read as unknown as StoredApi, full)
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => stderr.mockRestore())
  await expect(api.exportState()).rejects.toThrow(
    'not shown, since it could not be written to the trail: no space left',
  )
  const query = { source: 'acme', from: 1_795_305_600, to: 1_795_392_000 }
  await expect(api.reconcile({ ...query, repair: true })).rejects.toThrow('done, but it could not be')
  expect(stderr).not.toHaveBeenCalled()
  expect(await api.reconcile({ ...query, repair: false })).toBe('compared')
  expect(stderr.mock.calls).toEqual([['auditferry: not written to the trail: no space left\n']])
})
