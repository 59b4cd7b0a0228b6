import type { SinkStatus } from '../../ops/status.ts'
import { bytesText, countText, rateText } from '../blocks/number-text.ts'
import { Time } from '../blocks/time.tsx'
import { duration } from '../blocks/time-text.ts'
import { Figure, Figures } from './figures.tsx'

export function SinkFigures({ it }: { it: SinkStatus }) {
  return (
    <>
      <Figures>
        <Figure name="Lag">{duration(it.lagSeconds)}</Figure>
        <Figure name="Throughput">{rateText(it.eventsPerSecond ?? undefined)}</Figure>
        <Figure name="Backlog">
          {countText(it.backlogEvents)}
          {it.backlogEvents > 0 && ` (${bytesText(it.backlogBytes)})`}
        </Figure>
        <Figure name="Delivered">{countText(it.delivered)}</Figure>
        <Figure name="Filtered">{countText(it.filtered)}</Figure>
        <Figure name="Dead-lettered">{countText(it.deadLettered)}</Figure>
        {it.replayed > 0 && <Figure name="Replayed">{countText(it.replayed)}</Figure>}
        <Figure name="Last delivery">
          <Time at={it.lastDelivery} />
        </Figure>
        {it.retryAt !== '' && (
          <Figure name="Next try">
            <Time at={it.retryAt} />
          </Figure>
        )}
      </Figures>
      {it.lastError !== '' && it.lastError !== it.reason && (
        <p className="small wrap">
          <span className="soft">Last error: </span>
          <span className="mono">{it.lastError}</span>
        </p>
      )}
    </>
  )
}
