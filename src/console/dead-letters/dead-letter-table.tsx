import { type MouseEvent, useRef } from 'react'
import type { DeadLetterJson } from '../../engine/dead-letter-json.ts'
import { Badge } from '../blocks/badge.tsx'
import { countText } from '../blocks/number-text.ts'
import { Cell, Table } from '../blocks/table.tsx'
import { Time } from '../blocks/time.tsx'
import { marked } from '../blocks/turned-text.ts'
import { eventOf } from './letter-event.ts'
import { type Selection, toggle } from './selection.ts'

interface Props {
  readonly letters: readonly DeadLetterJson[]
  readonly selection: Selection
  /** Undefined for users who may not change anything. */
  readonly pick: ((selection: Selection) => void) | undefined
  readonly show: (id: string) => void
}

export function DeadLetterTable({ letters, selection, pick, show }: Props) {
  const last = useRef<string>(undefined)
  const ids = letters.map(({ id }) => id)
  const pickOne = (id: string, event: MouseEvent) => {
    pick?.(toggle(selection, ids, id, event.shiftKey ? { from: last.current } : undefined))
    last.current = id
  }
  const heads = ['Event', 'Sink', 'Reason', 'Attempts', 'When', 'State']
  return (
    <div className="card letters">
      <Table
        label="Dead letters"
        heads={
          pick === undefined
            ? heads
            : [
                <span key="pick" className="visually-hidden">
                  Pick
                </span>,
                ...heads,
              ]
        }
      >
        {letters.map((letter) => {
          const event = eventOf(letter.event)
          return (
            <tr key={letter.id} className={selection.has(letter.id) ? 'picked' : undefined}>
              {pick !== undefined && (
                <Cell>
                  <input
                    type="checkbox"
                    className="check"
                    checked={selection.has(letter.id)}
                    aria-label={`Pick ${event.title}, ${letter.sink}`}
                    onChange={() => undefined}
                    onClick={(click) => pickOne(letter.id, click)}
                  />
                </Cell>
              )}
              <Cell label="Event">
                <div>
                  <button type="button" className="link title" onClick={() => show(letter.id)}>
                    {event.title}
                  </button>
                  {event.login !== '' && <div className="small soft">{event.login}</div>}
                </div>
              </Cell>
              <Cell label="Sink">{letter.sink}</Cell>
              <Cell label="Reason">
                <span className="reason-text">{marked(letter.reason)}</span>
              </Cell>
              <Cell label="Attempts" number>
                {countText(letter.attempts)}
              </Cell>
              <Cell label="When">
                <Time at={letter.at} full />
              </Cell>
              <Cell label="State">
                <Badge tone={letter.state === 'parked' ? 'warn' : 'info'}>{letter.state}</Badge>
              </Cell>
            </tr>
          )
        })}
      </Table>
    </div>
  )
}
