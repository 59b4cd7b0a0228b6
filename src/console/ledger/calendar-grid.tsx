import { type KeyboardEvent, useRef, useState } from 'react'
import { type Calendar, type Cell, type DayState, dayAfterKey, type Span, WEEKDAYS } from './calendar.ts'
import { describeDay } from './ledger-day.ts'

interface Props {
  readonly calendar: Calendar
  readonly span: Span
  /** Pixels: a square and the space beside it. */
  readonly side: number
  readonly chosen: string | undefined
  readonly choose: (day: string) => void
}

/** A single stop of the Tab key; arrows move by day and by week, Enter chooses. */
export function CalendarGrid({ calendar, span, side, chosen, choose }: Props) {
  const grid = useRef<HTMLTableElement>(null)
  const [at, setAt] = useState(span.last)
  const current = at < span.first || at > span.last ? span.last : at
  const onKeyDown = (event: KeyboardEvent) => {
    const target = dayAfterKey(current, event.key, span)
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    setAt(target)
    grid.current?.querySelector<HTMLButtonElement>(`[data-day="${target}"]`)?.focus()
  }
  return (
    <table
      ref={grid}
      className="calendar"
      style={{ '--side': `${side}px` } as React.CSSProperties}
      onKeyDown={onKeyDown}
    >
      <caption className="visually-hidden">
        One column a week. Arrow keys move by day and by week, Enter checks a day against the source.
      </caption>
      <thead>
        <Months calendar={calendar} />
      </thead>
      <tbody>
        {WEEKDAYS.map((weekday, row) => (
          <tr key={weekday}>
            <th scope="row">{weekday}</th>
            {calendar.weeks.map((week, column) => (
              <td key={week.find((cell) => cell !== undefined)?.day ?? column}>
                <Square
                  cell={week[row]}
                  current={current}
                  chosen={chosen}
                  choose={(day) => {
                    setAt(day)
                    choose(day)
                  }}
                  point={setAt}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Months({ calendar: { weeks, months } }: { calendar: Calendar }) {
  const leading = months[0]?.week ?? weeks.length
  return (
    <tr>
      <td colSpan={1 + leading} />
      {months.map(({ week, label }, index) => (
        <th
          key={`${week} ${label}`}
          scope="colgroup"
          colSpan={(months[index + 1]?.week ?? weeks.length) - week}
        >
          {label}
        </th>
      ))}
    </tr>
  )
}

const SIGNS = { empty: '', unread: '', complete: '', part: '~', open: '!', gap: '×' } as const

function Square(props: {
  cell: Cell | undefined
  current: string
  chosen: string | undefined
  choose: (day: string) => void
  point: (day: string) => void
}) {
  const { cell, current, chosen, choose, point } = props
  if (cell === undefined) return null
  const text = describeDay(cell.day, cell)
  return (
    <button
      type="button"
      className={`day ${cell.state} level-${cell.level}`}
      data-day={cell.day}
      tabIndex={cell.day === current ? 0 : -1}
      aria-pressed={cell.day === chosen}
      aria-label={text}
      title={text.replaceAll('; ', '\n')}
      onClick={() => choose(cell.day)}
      onFocus={() => point(cell.day)}
    >
      {SIGNS[cell.state]}
    </button>
  )
}

export function Legend() {
  return (
    <ul className="day-legend small">
      {[
        ['empty level-0', 'no events known'],
        ['unread level-0', 'never read'],
        ['complete level-1', 'few events'],
        ['complete level-4', 'many, all complete'],
        ['part level-1', 'read in part'],
        ['open level-1', 'not complete at every sink'],
        ['gap level-1', 'with a gap'],
      ].map(([look = '', text]) => (
        <li key={text}>
          <span className={`day ${look}`} aria-hidden="true">
            {SIGNS[look.split(' ')[0] as DayState]}
          </span>
          {text}
        </li>
      ))}
    </ul>
  )
}
