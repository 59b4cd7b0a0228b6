/** What waits to be sent apart from the logs: events of a replay, and dead letters that were queued. */
import type { Config } from '../config/config.ts'
import { counted } from '../lib/counted.ts'
import type { SinkStatus } from '../ops/status.ts'
import { queuedBeside } from '../spool/dead-letter-pages.ts'
import type { Store } from '../spool/store.ts'
import { countAgain } from './status.ts'

type Reasons = Readonly<Record<string, Pick<SinkStatus, 'reason'>>>

const INSTEAD = 'or take them back with `dead-letters drop` or `replay --cancel`'

/** Of these sinks. */
export async function leftUnsent(store: Pick<Store, 'countDeadLetters'>, sinks: Reasons): Promise<string[]> {
  const left = Object.entries(sinks).map(async ([id, { reason }]) => {
    const { replayed, queued } = await countAgain(store, id)
    const counts = [
      ...(replayed === 0 ? [] : [`${counted(replayed, 'event')} of a replay`]),
      ...(queued === 0 ? [] : [counted(queued, 'queued dead letter')]),
    ]
    return counts.map((what) => `sink ${id}: ${what} not sent${reason === '' ? '' : ` (${reason})`}`)
  })
  return (await Promise.all(left)).flat()
}

/** For `sinks`, which have a lane, and for all others, which are disabled or not configured. */
export async function allUnsent(
  config: Pick<Config, 'sinks'>,
  store: Pick<Store, 'deadLetters' | 'countDeadLetters'>,
  sinks: Reasons,
): Promise<string[]> {
  const disabled = Object.values(config.sinks).filter(({ enabled }) => !enabled)
  const reason = `disabled: enable it, ${INSTEAD}`
  const without = Object.fromEntries(disabled.map(({ id }) => [id, { reason }]))
  const unsent = await leftUnsent(store, { ...sinks, ...without })
  const strangers = [...(await queuedBeside(config.sinks, store))].map(
    ([id, count]) =>
      `sink ${id}: ${counted(count, 'queued dead letter')} not sent (not in the configuration: put it back, ${INSTEAD})`,
  )
  return [...unsent, ...strangers]
}
