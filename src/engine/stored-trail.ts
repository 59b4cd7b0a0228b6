/** Records what commands do to the state without an engine, in the way the server records the same actions. */
import { messageOf, UsageError } from '../errors.ts'
import { createImportRecord } from '../import/import-record.ts'
import type { ImportResult } from '../import/request.ts'
import { type CommandDeed, type RecordCommand, recorded } from '../trail/command-record.ts'
import { selectionToJson } from './dead-letter-json.ts'
import type { StoredApi } from './stored-engine.ts'

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
