import { Link } from 'wouter'
import type { DeadLetterJson } from '../../engine/dead-letter-json.ts'
import { Dialog } from '../blocks/dialog.tsx'
import { Folded } from '../blocks/folded.tsx'
import { countText } from '../blocks/number-text.ts'
import { Time } from '../blocks/time.tsx'
import { escaped, marked } from '../blocks/turned-text.ts'
import { Figure, Figures } from '../components/figures.tsx'
import { eventOf } from './letter-event.ts'

/** One dead letter: why it is one, what the sink answered, and the event as it was sent. */
export function DeadLetterDialog({
  letter,
  close,
}: {
  letter: DeadLetterJson | undefined
  close: () => void
}) {
  return (
    <Dialog
      open={letter !== undefined}
      onClose={close}
      wide
      title={letter === undefined ? '' : eventOf(letter.event).title}
    >
      {letter !== undefined && (
        <>
          <p className="wrap">{marked(letter.reason)}</p>
          <Figures>
            <Figure name="Sink">{letter.sink}</Figure>
            <Figure name="Source">{letter.source}</Figure>
            <Figure name="State">{letter.state}</Figure>
            <Figure name="Attempts">{countText(letter.attempts)}</Figure>
            <Figure name="Dead-lettered">
              <Time at={letter.at} full />
            </Figure>
          </Figures>
          <h3>What {letter.sink} answered</h3>
          <pre className="code letter-text">
            <Folded text={letter.answer === '' ? 'nothing' : escaped(letter.answer)} />
          </pre>
          <h3>The event, as it was sent</h3>
          <pre className="code letter-text">
            <Folded text={escaped(letter.unreadable ?? JSON.stringify(letter.event, undefined, 2))} />
          </pre>
          <p className="small">
            <Link href={`/events/${encodeURIComponent(letter.uid)}`}>The event’s page</Link>
          </p>
        </>
      )}
    </Dialog>
  )
}
