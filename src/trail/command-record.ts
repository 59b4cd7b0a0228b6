/** How commands record what they do without an engine: under the name of whoever gives them. */
import { messageOf, UsageError } from '../errors.ts'
import type { Store } from '../spool/store.ts'
import { failUnrecorded, shortDetails, shortText } from './details.ts'
import { localUser } from './local-user.ts'
import type { TrailEntry } from './trail.ts'

export type CommandDeed = Pick<TrailEntry, 'action' | 'outcome' | 'details'>
export type RecordCommand = (deed: CommandDeed) => Promise<void>

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
