/** Records what commands do to the state without an engine, in the way the server records the same actions. */
import type { StoredApi } from '../engine/stored-engine.ts'
import { messageOf, UsageError } from '../errors.ts'
import { createImportRecord } from '../import/import-record.ts'
import type { ImportResult } from '../import/request.ts'
import { selectionToJson } from '../server/dead-letter-json.ts'
import type { Store } from '../spool/store.ts'
import { failUnrecorded, shortDetails, shortText } from './details.ts'
import { localUser } from './local-user.ts'
import type { TrailEntry } from './trail.ts'

export type CommandDeed = Pick<TrailEntry, 'action' | 'outcome' | 'details'>
type RecordCommand = (deed: CommandDeed) => Promise<void>

/** Records a command as the user of the operating system. */
export function createCommandRecord(store: Pick<Store, 'appendTrail'>): RecordCommand {
  const who = { user: localUser(), role: 'operator', address: '' } as const
  return (deed) => store.appendTrail({ at: Date.now(), ...who, ...deed })
}

function warn(reason: string): void {
  process.stderr.write(`auditferry: not written to the trail: ${reason}\n`)
}

/** Runs it and answers once it is recorded. A request that made no sense was not attempted, so it is not recorded. */
export async function recorded<Result>(
  record: RecordCommand,
  action: string,
  asked: object,
  run: () => Promise<Result>,
): Promise<Result> {
  const details = shortDetails(Object.entries(asked))
  const result = await run().catch(async (thrown) => {
    const reason = shortText(messageOf(thrown))
    const failure = { action, outcome: 'failure', details: { ...details, reason } } as const
    // The original error matters more than a failure to record it.
    if (!(thrown instanceof UsageError)) await record(failure).catch(() => undefined)
    throw thrown
  })
  await record({ action, outcome: 'success', details }).catch(failUnrecorded({ action, details }, warn))
  return result
}

export function withTrail(api: StoredApi, record: RecordCommand): StoredApi {
  const imports = createImportRecord(record)
  const { importState } = api
  return {
    ...api,
    pause: (kind, id, by) => recorded(record, `${kind}-paused`, { id }, () => api.pause(kind, id, by)),
    resume: (kind, id) => recorded(record, `${kind}-resumed`, { id }, () => api.resume(kind, id)),
    queueDeadLetters: (query) =>
      recorded(record, 'dead-letters-retried', selectionToJson(query), () => api.queueDeadLetters(query)),
    dropDeadLetters: (query) =>
      recorded(record, 'dead-letters-dropped', selectionToJson(query), () => api.dropDeadLetters(query)),
    exportDeadLetters: (query) =>
      recorded(record, 'dead-letters-exported', query, () => api.exportDeadLetters(query)),
    cancelBackfill: (source) =>
      recorded(record, 'backfill-cancelled', { source }, () => api.cancelBackfill(source)),
    reconcile: (query, look) => recorded(record, 'range-reconciled', query, () => api.reconcile(query, look)),
    exportState: () => recorded(record, 'state-exported', {}, () => api.exportState()),
    ...(importState && {
      importState: (document, force) =>
        recorded(record, 'state-imported', { sources: Object.keys(document.sources), force }, () =>
          importState(document, force),
        ),
    }),
    // A replay runs slice by slice, and is recorded when it begins or fails.
    replay({ cursor, ...asked }, onWait) {
      const run = () => api.replay({ ...asked, ...(cursor && { cursor }) }, onWait)
      const recordOnce: RecordCommand = async (deed) => {
        if (cursor === undefined || deed.outcome === 'failure') await record(deed)
      }
      return recorded(recordOnce, 'replay-queued', asked, run)
    },
    async importEvents(request) {
      const { sink: id, part } = request
      const take = (outcome: CommandDeed['outcome'], more: object, result?: ImportResult) => {
        const files = part?.files && { files: part.files }
        const details = { id, ...files, ...(part?.redacted && { redacted: 'true' }), ...more }
        return imports.take('', { action: 'archive-imported', outcome, details }, part, result)
      }
      const result = await api.importEvents(request).catch(async (thrown) => {
        if (!(thrown instanceof UsageError)) await take('failure', { reason: messageOf(thrown) })
        throw thrown
      })
      await take('success', {}, result)
      return result
    },
    async close() {
      await imports.close()
      await api.close()
    },
  }
}
