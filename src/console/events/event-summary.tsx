import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { AuditEvent } from '../../event.ts'
import { Avatar } from '../blocks/avatar.tsx'
import { Badge, SeverityBadge } from '../blocks/badge.tsx'
import { CopyButton } from '../blocks/copy-button.tsx'
import { Folded } from '../blocks/folded.tsx'
import { Time } from '../blocks/time.tsx'
import { absoluteTime } from '../blocks/time-text.ts'
import { marked, nameText } from '../blocks/turned-text.ts'
import { actorName, stackName } from './event-names.ts'
import { WITHOUT_LOGIN } from './filter-names.ts'
import { type Filters, writeFilters } from './filters.ts'

/** What happened, for people. Each link lists the events that have the same value. */
export function EventSummary(props: { event: AuditEvent; archivedAt: string; archive: string | null }) {
  const { event, archivedAt, archive } = props
  const { actor, target, token, required } = event
  const only = (filters: Filters, text: string, isCode = false) => (
    <Link href={`/${writeFilters(archive === null ? filters : { ...filters, archive })}`}>
      <span className="visually-hidden">All events with </span>
      {isCode ? <code>{nameText(text)}</code> : <bdi>{nameText(text)}</bdi>}
    </Link>
  )
  const needs = [
    required.orgAdmin && 'organization administrator',
    required.stackAdmin && 'stack administrator',
  ]
  const facts: readonly (readonly [name: string, value: ReactNode])[] = [
    ['When', <Moment key="when" at={event.timestamp * 1000} />],
    ['Action', only({ action: event.action }, event.action, true)],
    ['Category', only({ category: event.category }, event.category)],
    ['Operation', only({ operation: event.operation }, event.operation)],
    ['Address', event.sourceIp && only({ address: event.sourceIp }, event.sourceIp, true)],
    [
      'Stack',
      target?.stack !== undefined &&
        only(
          { stack: target.stack, ...(target.project !== undefined && { project: target.project }) },
          stackName(target),
        ),
    ],
    ['Target', target && target.stack === undefined && nameText(Object.values(target).join(' · '))],
    ['Token', token && nameText([token.name, token.id].filter(Boolean).join(' · '))],
    ['Required role', needs.filter(Boolean).join(', ')],
    ['Organization', only({ organization: event.organization }, event.organization)],
    ['Source', only({ source: event.source }, event.source)],
    ['First read', <Moment key="read" at={event.observedAt} />],
    ['Archived', <Moment key="archived" at={archivedAt} />],
    [
      'Uid',
      <span key="uid" className="row">
        <code>{event.uid}</code>
        <CopyButton text={event.uid} what="the uid" />
      </span>,
    ],
  ]
  return (
    <section className="card padded stack summary" aria-label="Summary">
      <div className="row">
        <Avatar login={actor.login} name={actor.name} large />
        <div className="who-text">
          <strong>{only({ login: actor.login }, actorName(actor))}</strong>
          <span className="soft small">
            <bdi>{actor.login === '' ? WITHOUT_LOGIN : nameText(actor.login)}</bdi> · {actor.type}
            {actor.email !== undefined && ` · ${nameText(actor.email)}`}
          </span>
        </div>
        <span className="row push">
          <SeverityBadge severity={event.severity} />
          <Badge
            tone={event.outcome === 'failure' ? 'bad' : event.outcome === 'success' ? 'good' : 'neutral'}
          >
            {event.outcome}
          </Badge>
        </span>
      </div>
      <p className="description" dir="auto">
        <Folded text={marked(event.description)} />
      </p>
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  )
}

function Moment({ at }: { at: number | string }) {
  return (
    <>
      {absoluteTime(new Date(at))
        .split(' · ')
        .map((text) => (
          <span key={text} className="numbers moment">
            {text}
          </span>
        ))}
      <span className="soft">
        (<Time at={at} />)
      </span>
    </>
  )
}
