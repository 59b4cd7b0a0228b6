import type { ReactNode } from 'react'
import type { ComponentState } from '../../ops/status.ts'
import { severityName, severityTone } from './severity.ts'

export type Tone = 'neutral' | 'good' | 'info' | 'warn' | 'bad'

export function Badge(props: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  const { tone = 'neutral', dot = false, children } = props
  return (
    <span className={`badge ${tone}`}>
      {dot && <span className="dot" />}
      {children}
    </span>
  )
}

const STATES: Readonly<Record<ComponentState, Tone>> = {
  ok: 'good',
  idle: 'good',
  catching_up: 'info',
  throttled: 'warn',
  paused: 'bad',
  stuck: 'bad',
}

/** The state of a source or a sink. */
export function StateBadge({ state }: { state: ComponentState }) {
  return (
    <Badge tone={STATES[state]} dot>
      {state.replace('_', ' ')}
    </Badge>
  )
}

export function SeverityBadge({ severity }: { severity: number }) {
  return (
    <Badge tone={severityTone(severity)} dot>
      <span className="visually-hidden">severity </span>
      {severityName(severity)}
    </Badge>
  )
}
