/** The events of a scenario, and an oracle that computes their uids by its own reading of part 4 of the design. */
import { createHash } from 'node:crypto'
import type { EmulatedEvent, NewEvent } from '../emulators/pulumi/event.ts'

/** A few identities, close to each other: ignoring any field would make two events look like one. */
const IDENTITIES: readonly Partial<EmulatedEvent>[] = [
  {},
  { sourceIP: '198.51.100.8' },
  { tokenID: '5e1f', tokenName: 'ci-deploy' },
  { tokenID: '5e1f', tokenName: 'ci "deploy", nightly' },
  { reqOrgAdmin: true },
  { authFailure: true, event: 'user-login', user: person('mkowalski') },
  { event: 'quantum-leap-taken' },
  { description: 'Started update "1", for\nstack "web/prod", häßlich 佐藤' },
  // The same identity as the first: profile data are not part of an event.
  { user: { ...person('dana'), name: 'Dana O.', avatarUrl: 'https://avatars.example/new' } },
  { actorName: 'agent-7', actorUrn: 'pulumi:agents:7' },
]

export const FILTERED_LOGIN = 'mkowalski'

export function eventOf(kind: number, timestamp: number): NewEvent {
  return { user: person('dana'), description: 'Created stack "web/prod"', ...IDENTITIES[kind], timestamp }
}

/** A malformed row or entry, unlike all others. */
export function garbledEvent(timestamp: number, number: number): NewEvent {
  return { timestamp, verbatim: { csv: `garbled ${number}`, json: `{"garbled":${number}}` } }
}

export interface ExpectedEvent {
  readonly uid: string
  readonly second: number
  readonly login: string
}

/** The events that the log must become. `shows`: whether the API shows tokens and actors (nine columns don't). */
export function expectedEvents(log: Iterable<EmulatedEvent>, shows: { actors: boolean }): ExpectedEvent[] {
  const seen = new Map<string, number>()
  const expected: ExpectedEvent[] = []
  for (const event of log) {
    if (event.verbatim !== undefined) continue
    const key = identityOf(event, shows.actors)
    const ordinal = seen.get(key) ?? 0
    seen.set(key, ordinal + 1)
    const uid = createHash('sha256')
      .update(`${key.slice(0, -1)},${ordinal}]`)
      .digest('hex')
    expected.push({ uid, second: event.timestamp, login: event.user.githubLogin })
  }
  return expected
}

function identityOf(it: EmulatedEvent, actors: boolean): string {
  const actor = actors
    ? [it.tokenID ?? '', it.tokenName ?? '', it.actorName ?? '', it.actorUrn ?? '']
    : ['', '', '', '']
  const flags = [it.reqOrgAdmin ?? false, it.reqStackAdmin ?? false, it.authFailure ?? false]
  const { githubLogin: login } = it.user
  const fields = ['acme', it.timestamp, it.event, login, it.sourceIP, it.description, ...actor, ...flags]
  return JSON.stringify(['auditferry/1', ...fields])
}

function person(login: string): EmulatedEvent['user'] {
  return { name: login, githubLogin: login, avatarUrl: `https://avatars.example/${login}` }
}
