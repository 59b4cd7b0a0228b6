/**
 * What a source is read from. What its state remembers (checkpoint, walk, gaps) holds for that log alone: where the
 * configuration names another one under the same id, the source begins anew.
 */
import type { SourceConfig } from '../config/config.ts'
import type { Source } from '../connector.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import type { Logger } from '../lib/logger.ts'
import { backfillCommand, isUnderWay } from '../spool/backfill-state.ts'
import { type Origin, originText, type SourceState } from '../spool/source-state.ts'

/** A `start` that moves by less than this counts as unchanged. */
const CLEARLY_S = 60

export function originOf({ organization, origin = {} }: Pick<Source, 'organization' | 'origin'>): Origin {
  return { organization, ...origin }
}

/**
 * Warns, once for each origin that was left, that a source begins anew; and once if another process has put its own in
 * the place of this one's.
 */
export function createOriginLog(logger: Logger) {
  let logged = ''
  let before: string | undefined
  let isTold = false
  return (stored: SourceState, after: SourceState) => {
    const [was, is] = [originText(stored.origin), originText(after.origin)]
    const seen = JSON.stringify([was, stored.checkpoint, stored.polled])
    const isNew = before !== undefined && before !== seen
    before = seen
    if (stored.origin === undefined || was === is) return
    // Not written by this process, nor there when it looked before.
    if (isNew && !isTold) {
      isTold = true
      logged = was
      logger.error(
        'another process reads this source from another log, and each begins anew whenever it follows the other: workers on one Redis need the same configuration; another deployment needs a `state.prefix` of its own, or gets events that are not for it',
        { was, is },
      )
    }
    if (was === logged) return
    logged = was
    // A uid holds the organisation, so that what is read again under another name is new.
    const uids = stored.origin.organization === after.origin?.organization ? 'the same uids' : 'other uids'
    const { checkpoint } = stored
    logger.warn(
      `the source is read from another log than before: it begins anew, and everything since its \`start\` is read; what was delivered before may come again with ${uids}` +
        (isUnderWay(stored.backfill) ? '. The backfill under way was of the other log, and is ended' : ''),
      { was, is, ...(checkpoint !== undefined && { was_read_to: rfc3339(checkpoint) }) },
    )
  }
}

/** Logs that an earlier `start` reads nothing by itself: `start` is used only the first time. */
export function logUnusedStart(
  { id, start: wanted }: SourceConfig,
  state: SourceState,
  logger: Logger,
): void {
  const { start, backfill } = state
  if (start === undefined || wanted.kind === 'now' || wanted.kind === 'ago') return
  const second = wanted.kind === 'at' ? wanted.second : 0
  if (second > start - CLEARLY_S) return
  const isBrought =
    backfill?.endedAt !== undefined && !backfill.cancelled && backfill.from <= second && backfill.to >= start
  if (isBrought) return
  logger.info(
    '`start` was set earlier: it is used the first time only, and nothing older is read by itself',
    {
      began: rfc3339(start),
      read_the_rest: backfillCommand(id, { from: second, to: start }),
    },
  )
}
