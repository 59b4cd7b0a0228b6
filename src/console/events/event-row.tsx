import { memo, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { AuditEvent } from '../../event.ts'
import { Avatar } from '../blocks/avatar.tsx'
import { Badge, SeverityBadge } from '../blocks/badge.tsx'
import { Time } from '../blocks/time.tsx'
import { clockText } from '../blocks/time-text.ts'
import { marked } from '../blocks/turned-text.ts'
import { type Row, rememberRow } from './came-from.ts'
import { actorName, stackName } from './event-names.ts'
import { WITHOUT_LOGIN } from './filter-names.ts'
import { type Filters, writeFilters } from './filters.ts'
import type { Change } from './use-filters.ts'

interface RowProps {
  readonly event: AuditEvent
  readonly position: number
  /** -1 if unknown. */
  readonly total: number
  /** Pixels from the top of the list. */
  readonly offset: number
  readonly isActive: boolean
  readonly measure: (element: HTMLElement | null) => void
  readonly onFocus: (row: Row) => void
  /** The list's own filters, to come back to. */
  readonly filters: Filters
  readonly change: (change: Change) => void
}

/** Characters: no row shows more, and a browser is slow to lay out the rest. */
const DESCRIPTION_MOST = 1_000

/** Who, what, where, when. The whole row opens the event, except the names, which filter. */
export const EventRow = memo(function EventRow(props: RowProps) {
  const { event, position, total, offset, isActive, measure, onFocus, filters, change } = props
  const { actor, target, sourceIp } = event
  const { archive } = filters
  const description = marked(event.description.slice(0, DESCRIPTION_MOST))
  const tabIndex = isActive ? 0 : -1
  const by = (name: string, value: Change, children: ReactNode) => (
    <button
      type="button"
      className="link above"
      tabIndex={tabIndex}
      title={marked(`Only ${name}`)}
      onClick={() => change(value)}
    >
      <span className="visually-hidden">Only </span>
      {children}
    </button>
  )
  return (
    <article
      ref={measure}
      data-index={position}
      className="event"
      style={{ transform: `translateY(${offset}px)` }}
      aria-posinset={position + 1}
      aria-setsize={total}
      aria-labelledby={`what-${event.uid}`}
      onFocus={() => onFocus(event)}
    >
      <div className="event-who">
        {by(
          actor.login === '' ? `events ${WITHOUT_LOGIN}` : `events of ${actor.login}`,
          { login: actor.login },
          <span className="person">
            <Avatar login={actor.login} name={actor.name} />
            <span className="person-text">
              <span className="cut">{marked(actorName(actor))}</span>
              {actor.name !== '' && actor.login !== '' && (
                <span className="soft small cut">{marked(actor.login)}</span>
              )}
            </span>
          </span>,
        )}
      </div>
      <div className="event-what">
        <span className="row tight">
          <Link
            id={`what-${event.uid}`}
            className="event-link"
            href={`/events/${event.uid}${writeFilters(archive === undefined ? {} : { archive })}`}
            state={{ list: writeFilters(filters) }}
            onClick={() => rememberRow(event)}
            tabIndex={tabIndex}
            data-active={isActive ? '' : undefined}
          >
            {marked(event.actionName)}
          </Link>
          <SeverityBadge severity={event.severity} />
          {event.outcome === 'failure' && <Badge tone="bad">failed</Badge>}
        </span>
        <span className="soft small cut" dir="auto" title={description}>
          {description}
        </span>
      </div>
      <div className="event-where small">
        {sourceIp !== undefined &&
          by(`from ${sourceIp}`, { address: sourceIp }, <span className="mono cut">{marked(sourceIp)}</span>)}
        {target?.stack !== undefined &&
          by(
            `stack ${stackName(target)}`,
            { project: target.project, stack: target.stack },
            <span className="cut">{marked(stackName(target))}</span>,
          )}
      </div>
      <div className="event-when small soft numbers">
        <Time at={event.timestamp * 1000} />
        <span className="clock">{clockText(event.timestamp * 1000, Date.now())}</span>
      </div>
    </article>
  )
})
