import { useState } from 'react'
import type { BackfillStatus } from '../../ops/backfill-status.ts'
import type { ComponentStatus } from '../../ops/status.ts'
import { ActButton } from '../blocks/act-button.tsx'
import { type Announce, useAction } from '../blocks/action.tsx'
import { Badge, type Tone } from '../blocks/badge.tsx'
import { Confirm } from '../blocks/confirm.tsx'
import { useHandedOnFocus } from '../blocks/handed-on-focus.ts'
import { countText, rateText, shareText } from '../blocks/number-text.ts'
import { ProgressBar } from '../blocks/progress-bar.tsx'
import { Time } from '../blocks/time.tsx'
import { duration } from '../blocks/time-text.ts'
import { Figure, Figures } from '../components/figures.tsx'
import { isHindered } from '../components/hindered.ts'
import { addSeen, type Ending, endingOf, progressOf, type Seen } from './progress.ts'

const TONES: Readonly<Record<Ending, Tone>> = {
  'under way': 'info',
  done: 'good',
  cancelled: 'warn',
  failed: 'bad',
}

interface Props {
  readonly it: BackfillStatus
  /** Undefined until it is known. */
  readonly source: ComponentStatus | undefined
  /** When its progress was read, in milliseconds. */
  readonly at: number
  /** Undefined for users who may not change anything. */
  readonly announce: Announce | undefined
}

export function BackfillCard({ it, source, at, announce }: Props) {
  const ending = endingOf(it)
  const { rate, remainingMs } = progressOf(useSeen(it, at))
  const running = ending === 'under way'
  const heading = `backfill-${it.source}-${it.dryRun}`
  return (
    <article className="card component" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{it.source}</h2>
        {it.dryRun && <Badge>dry run</Badge>}
        <span className="push">
          <Badge tone={TONES[ending]} dot>
            {ending}
          </Badge>
        </span>
      </header>
      <div className="body">
        <p className="numbers">
          {rangeText(it.from)} to {rangeText(it.to)} UTC
        </p>
        <div className="walk">
          <ProgressBar
            label={`Backfill of ${it.source}`}
            share={it.share}
            text={shareText(it.share)}
            {...(ending === 'failed' && { tone: 'bad' })}
          />
          <p className="small soft numbers">
            {shareText(it.share)}
            {running && `, at ${rangeText(it.position)} UTC`}
            {running && it.waitsFor !== '' && `, waits for ${it.waitsFor}`}
          </p>
        </div>
        {running && source !== undefined && isHindered(source) && (
          <p className="wrap">
            The source is {source.state}: <span className="mono">{source.reason}</span>
          </p>
        )}
        {it.failure !== '' && <p className="mono wrap">{it.failure}</p>}
        <Figures>
          <Figure name="Events found">{countText(it.events)}</Figure>
          <Figure name={it.dryRun ? 'Would be new' : 'New'}>{countText(it.new)}</Figure>
          {running && <Figure name="Rate">{rateText(rate)}</Figure>}
          {running && (
            <Figure name="Remaining">{remainingMs === undefined ? '–' : duration(remainingMs / 1000)}</Figure>
          )}
          <Figure name="Gaps">{countText(it.gaps)}</Figure>
          <Figure name="Quarantined">{countText(it.quarantined)}</Figure>
          {it.unclearMinutes > 0 && <Figure name="Unclear minutes">{countText(it.unclearMinutes)}</Figure>}
          <Figure name="Started">
            <Time at={it.startedAt} />
          </Figure>
          {!running && (
            <Figure name="Ended">
              <Time at={it.endedAt} />
            </Figure>
          )}
        </Figures>
        {Object.keys(it.sinks).length > 0 && (
          <p className="small soft">Only for {Object.keys(it.sinks).join(', ')}</p>
        )}
      </div>
      {running && announce !== undefined && (
        <footer>
          <CancelButton source={it.source} announce={announce} />
        </footer>
      )}
    </article>
  )
}

function CancelButton({ source, announce }: { source: string; announce: Announce }) {
  const [asks, setAsks] = useState(false)
  const place = useHandedOnFocus<HTMLDivElement>()
  const cancel = useAction<undefined, { cancelled: boolean }>(announce, {
    path: () => '/api/v1/backfills/cancel',
    body: () => ({ source }),
    done: ({ cancelled }) =>
      cancelled
        ? { tone: 'good', text: `The backfill of ${source} is cancelled; what it has spooled stays.` }
        : { tone: 'warn', text: `No backfill of ${source} is under way any more.` },
    changes: ['backfills'],
  })
  return (
    <div ref={place}>
      <ActButton className="button danger" off={cancel.isPending} onClick={() => setAsks(true)}>
        Cancel…<span className="visually-hidden"> the backfill of {source}</span>
      </ActButton>
      <Confirm
        open={asks}
        danger
        title={`Cancel the backfill of ${source}?`}
        act="End it"
        onClose={() => setAsks(false)}
        onConfirm={() => cancel.mutate(undefined)}
      >
        <p>What it has spooled stays and is delivered. What is left of the range is not read.</p>
      </Confirm>
    </div>
  )
}

/** The samples of this backfill's progress from the last minute. */
function useSeen(it: BackfillStatus, at: number): readonly Seen[] {
  const [seen, setSeen] = useState<Seen[]>([])
  if (seen.at(-1)?.at !== at) setSeen(addSeen(seen, at, it))
  return seen
}

/** From an RFC 3339 text: `2026-11-22 10:00`; seconds are shown only if they aren't zero. */
function rangeText(time: string): string {
  return time.slice(0, 19).replace('T', ' ').replace(/:00$/, '')
}
