import type { ReactNode } from 'react'
import type { ComponentState } from '../../ops/status.ts'

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

/** Of a source or a sink. */
export function StateBadge({ state }: { state: ComponentState }) {
  return (
    <Badge tone={STATES[state]} dot>
      {state.replace('_', ' ')}
    </Badge>
  )
}

const SEVERITIES: readonly (readonly [Tone, string])[] = [
  ['neutral', 'info'],
  ['info', 'low'],
  ['warn', 'medium'],
  ['bad', 'high'],
]

/** 1 to 4, as the event says it. */
export function severityName(severity: number): string {
  return SEVERITIES[severity - 1]?.[1] ?? String(severity)
}

export function SeverityBadge({ severity }: { severity: number }) {
  const [tone] = SEVERITIES[severity - 1] ?? ['neutral']
  return (
    <Badge tone={tone} dot>
      <span className="visually-hidden">severity </span>
      {severityName(severity)}
    </Badge>
  )
}
