import type { SourceStatus } from '../../ops/status.ts'
import { countText, plural, rateText, shareText } from '../blocks/number-text.ts'
import { ProgressBar } from '../blocks/progress-bar.tsx'
import { Time } from '../blocks/time.tsx'
import { absoluteTime, duration } from '../blocks/time-text.ts'
import { Figure, Figures } from './figures.tsx'
import { walkShare } from './walk-share.ts'

export function SourceFigures({ it, now }: { it: SourceStatus; now: number }) {
  return (
    <>
      <Figures>
        <Figure name="Lag">{duration(it.lagSeconds)}</Figure>
        <Figure name="Throughput">{rateText(it.eventsPerSecond ?? undefined)}</Figure>
        <Figure name="Events">{countText(it.events)}</Figure>
        <Figure name="Late">{countText(it.late)}</Figure>
        <Figure name="Quarantined">{countText(it.quarantined)}</Figure>
        <Figure name="Requests">{countText(it.requests)}</Figure>
        <Figure name="Checkpoint">
          {it.checkpoint === null ? 'none yet' : <Time at={it.checkpoint * 1000} />}
        </Figure>
        <Figure name="Last poll">
          <Time at={it.lastPoll} />
        </Figure>
        <Figure name="Last success">
          <Time at={it.lastSuccess} />
        </Figure>
        {it.nextPoll !== '' && (
          <Figure name="Next poll">
            <Time at={it.nextPoll} />
          </Figure>
        )}
        <Figure name="API">{it.api === '' ? 'not chosen yet' : it.api}</Figure>
      </Figures>
      {it.walk !== null && <Walk walk={it.walk} now={now} />}
      <Details label={plural(it.gaps.length, 'gap')} lines={it.gaps.map(gapText)} />
      <Details
        label={plural(Object.keys(it.unknownActions).length, 'unknown action')}
        lines={Object.entries(it.unknownActions).map(
          ([action, many]) => `${action}: ${plural(many, 'event')}`,
        )}
      />
    </>
  )
}

function Walk({ walk, now }: { walk: NonNullable<SourceStatus['walk']>; now: number }) {
  const share = walkShare(walk, now / 1000)
  const text = `${walk.purpose}: at ${absoluteTime(new Date(walk.position * 1000))}`
  return (
    <div className="walk">
      <p className="small">
        A {walk.purpose} walks from the newest events back, at <Time at={walk.position * 1000} />, down to{' '}
        <Time at={walk.end * 1000} />
      </p>
      {walk.purpose === 'poll' && (
        <ProgressBar label="How far the walk is" share={share} text={`${shareText(share)}, ${text}`} />
      )}
    </div>
  )
}

function gapText({ second, reason }: SourceStatus['gaps'][number]): string {
  return `${absoluteTime(new Date(second * 1000))}: ${reason}`
}

/** Shown only when there are any. */
function Details({ label, lines }: { label: string; lines: readonly string[] }) {
  if (lines.length === 0) return null
  return (
    <details className="small">
      <summary>{label}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  )
}
