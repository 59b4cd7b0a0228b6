import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { ComponentState } from '../../ops/status.ts'
import { StateBadge } from '../blocks/badge.tsx'
import { adviceOf, type Kind } from './advice.ts'

/** Of the card's heading. */
export function cardId(kind: Kind, id: string): string {
  return `${kind}-${id}`
}

/** A source or a sink: its state, why, and what to do; below that its figures and actions. */
export function ComponentCard(props: {
  kind: Kind
  id: string
  it: {
    readonly type: string
    readonly state: ComponentState
    readonly reason: string
    readonly deadLettered?: number
  }
  actions: ReactNode
  children: ReactNode
}) {
  const { kind, id, it, actions, children } = props
  const { means, cure } = adviceOf(kind, it.state, it.reason, it.deadLettered)
  const heading = cardId(kind, id)
  return (
    <section className="card component" aria-labelledby={heading}>
      <header>
        <h3 id={heading} tabIndex={-1}>
          {id}
        </h3>
        <span className="soft small">{it.type}</span>
        <span className="push">
          <StateBadge state={it.state} />
        </span>
      </header>
      <div className="body">
        <div className="reason">
          <p className={it.reason === '' ? 'soft' : ''}>{means}</p>
          {it.reason !== '' && <p className="mono wrap">{it.reason}</p>}
          {cure !== '' && (
            <p>
              <strong>What to do:</strong> {cure}
            </p>
          )}
        </div>
        {children}
      </div>
      <footer className="row">
        {actions}
        {kind === 'sink' && (
          <Link className="push small" href={`/dead-letters?sink=${encodeURIComponent(id)}`}>
            Dead letters<span className="visually-hidden"> of {id}</span>
          </Link>
        )}
      </footer>
    </section>
  )
}
