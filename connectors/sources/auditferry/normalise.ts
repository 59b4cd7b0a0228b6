/** An entry of the trail as a record. */
import type { RecordFields, TrailEntry } from '../../../src/connector.ts'

export function recordOf(entry: TrailEntry): RecordFields {
  const { at, user, address, action, outcome, details } = entry
  return {
    timestamp: Math.floor(at / 1000),
    event: `auditferry-${action}`,
    description: described(outcome, details),
    sourceIp: address,
    login: user,
    name: user,
    avatarUrl: '',
    email: '',
    tokenId: '',
    tokenName: '',
    actorName: '',
    actorUrn: '',
    orgAdmin: false,
    stackAdmin: false,
    authFailure: action === 'login-refused',
    raw: JSON.stringify({ ...entry, at: new Date(at).toISOString() }),
  }
}

/** `failed: sink "soc", ids "a1", "a2"`; quoted, so that no word in a name passes for ours. */
function described(outcome: TrailEntry['outcome'], details: TrailEntry['details']): string {
  const parts = Object.entries(details).map(
    ([name, value]) =>
      `${name} ${[value]
        .flat()
        .map((it) => JSON.stringify(it))
        .join(', ')}`,
  )
  return `${outcome === 'failure' ? 'failed: ' : ''}${parts.join(', ')}`
}
