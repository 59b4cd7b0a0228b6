import type { Tone } from './badge.tsx'

const SEVERITIES: readonly (readonly [Tone, string])[] = [
  ['neutral', 'info'],
  ['info', 'low'],
  ['warn', 'medium'],
  ['bad', 'high'],
]

/** 1 to 4, as the event gives it; anything else is shown as it is. */
export function severityName(severity: number): string {
  return SEVERITIES[severity - 1]?.[1] ?? String(severity)
}

export function severityTone(severity: number): Tone {
  return SEVERITIES[severity - 1]?.[0] ?? 'neutral'
}
