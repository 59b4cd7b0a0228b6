/** What a component's state means, and what to do about it (docs/troubleshooting.md). Pure. */
import type { ComponentState } from '../../ops/status.ts'
import { plural } from '../blocks/number-text.ts'

interface Advice {
  readonly means: string
  /** Empty when there is nothing to be done. */
  readonly cure: string
}

export type Kind = 'source' | 'sink'

/** The first that fits the reason is shown. */
const CURES: readonly [RegExp, Readonly<Partial<Record<Kind, string>>>][] = [
  [
    /paused by|an operator/i,
    { source: 'Resume it when polling may go on.', sink: 'Resume it when delivery may go on.' },
  ],
  [
    /spool is full/i,
    { source: 'Mend the sink that takes no events, or raise state.max_spool. Nothing is dropped meanwhile.' },
  ],
  [
    /\b429\b|limits the rate/i,
    {
      source: 'Lower requests_per_minute if it stays; others may use the same token.',
      sink: 'Nothing, unless it stays: it is sent again with growing pauses.',
    },
  ],
  [
    /\b401\b|invalid token|token disabled|refuses the access token/i,
    { source: 'Set a new access_token.', sink: 'Set new credentials for it.' },
  ],
  [
    /\b403\b|may not read|AccessDenied|not permitted/i,
    {
      source: 'Give the token the scopes audit_logs:read and audit_logs:export.',
      sink: 'Give it the right that the reason names.',
    },
  ],
  [
    /ENOTFOUND|redirects|\b404\b|\b30[1278]\b/i,
    { source: 'Correct organization or api_url.', sink: 'Correct its endpoint.' },
  ],
  [/certificate|self.signed|issuer/i, { source: 'Set tls.ca_file.', sink: 'Set tls.ca_file.' }],
  [/disk is full|no space/i, { source: 'Free disk space.', sink: 'Free disk space.' }],
  [
    /ECONNREFUSED|ECONNRESET|timeout|timed out|\b5\d\d\b/i,
    {
      source: 'Nothing, unless it stays: it is tried again by itself.',
      sink: 'Nothing, unless it stays: start it, or mend the way to it. Its events wait in the spool.',
    },
  ],
]

const MEANINGS: Readonly<Record<ComponentState, Readonly<Record<Kind, string>>>> = {
  ok: { source: 'Polls, and is up to date.', sink: 'Takes events as they come.' },
  idle: { source: 'Up to date; nothing new.', sink: 'Has everything; nothing waits.' },
  catching_up: {
    source: 'Reads what lies between the checkpoint and now.',
    sink: 'Takes the events that waited for it.',
  },
  throttled: { source: 'Waits before it polls again.', sink: 'Waits before it is sent to again.' },
  paused: { source: 'Does not poll.', sink: 'Takes nothing; its events wait.' },
  stuck: { source: 'Can’t be read.', sink: 'Can’t be delivered to.' },
}

const FALLBACK: Readonly<Partial<Record<ComponentState, string>>> = {
  paused: 'Mend what the reason names; it is asked again by itself.',
  stuck: 'See the reason and the log; auditferry check names the cure.',
}

/** `refused`: events that became dead letters of a sink. A sink that refused some has not received everything. */
export function adviceOf(kind: Kind, state: ComponentState, reason: string, refused = 0): Advice {
  const means =
    state === 'idle' && refused > 0
      ? `Nothing waits; ${plural(refused, 'event')} became ${refused === 1 ? 'a dead letter' : 'dead letters'}.`
      : MEANINGS[state][kind]
  if (state === 'ok' || state === 'idle' || state === 'catching_up') return { means, cure: '' }
  const fits = CURES.find(([pattern, cures]) => pattern.test(reason) && cures[kind] !== undefined)
  return { means, cure: fits?.[1][kind] ?? FALLBACK[state] ?? '' }
}
