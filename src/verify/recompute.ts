/** Whether an event's uid still follows from the fields that it is computed from. Pure. */
import { type AuditEvent, eventUid, type Identity } from '../event.ts'
import { actorName } from '../formats/csv-columns.ts'
import { ByteWriter } from '../lib/byte-writer.ts'

/** How many identical events of one second are considered. */
const ORDINALS = 10_000
/**
 * The most UTF-16 units to hash for one uid, though the first ordinals are always tried: megabytes are not hashed
 * thousands of times.
 */
const UNITS_MOST = 8 << 20
const ORDINALS_LEAST = 16

export function followsFromFields(uid: string, identities: readonly Identity[]): boolean {
  return identityOfUid(uid, identities) !== undefined
}

/** The identity from which the uid was computed. */
export function identityOfUid(uid: string, identities: readonly Identity[]): Identity | undefined {
  const scratch = new ByteWriter()
  const ordinals = Math.max(ORDINALS_LEAST, Math.min(ORDINALS, UNITS_MOST / unitsOf(identities[0])))
  for (let ordinal = 0; ordinal < ordinals; ordinal++) {
    for (const identity of identities) if (eventUid(identity, ordinal, scratch) === uid) return identity
  }
  return undefined
}

function unitsOf(identity: Identity | undefined): number {
  return Object.values(identity ?? {}).reduce((sum, value) => sum + String(value).length, 1)
}

/** For a native event. Only the record gives an actor's name; without it there are two possibilities. */
export function identitiesOfEvent(event: AuditEvent): Identity[] {
  // A line that somebody added may contain anything, or nothing.
  if (!event.actor || !event.required) return []
  const named = actorName(event)
  // The record may be a row of the format csv, with an apostrophe in front of the name.
  const recorded = unguarded(named) === named ? [named] : [unguarded(named), named]
  const names = event.raw === undefined ? ['', event.actor.name] : recorded
  return names.map((name) => ({
    organization: event.organization,
    timestamp: event.timestamp,
    action: event.action,
    login: event.actor.login,
    sourceIp: event.sourceIp ?? '',
    description: event.description,
    tokenId: event.token?.id ?? '',
    tokenName: event.token?.name ?? '',
    actorName: name,
    actorUrn: event.actor.urn ?? '',
    orgAdmin: event.required.orgAdmin,
    stackAdmin: event.required.stackAdmin,
    authFailure: event.authFailure,
  }))
}

/** For a row of the format csv. A cell may have been given a leading apostrophe, or have had one before. */
export function identitiesOfRow(row: Readonly<Record<string, string>>): [bare: Identity, asItIs: Identity] {
  const cell = (name: string, guarded: boolean) => {
    const text = row[name] ?? ''
    return guarded ? unguarded(text) : text
  }
  const identity = (guarded: boolean): Identity => ({
    organization: cell('Organization', guarded),
    timestamp: Date.parse(row.Timestamp ?? '') / 1000,
    action: cell('EventID', guarded),
    login: cell('Login', guarded),
    sourceIp: cell('SourceIP', guarded),
    description: cell('Description', guarded),
    tokenId: cell('TokenID', guarded),
    tokenName: cell('TokenName', guarded),
    actorName: cell('ActorName', guarded),
    actorUrn: cell('ActorUrn', guarded),
    orgAdmin: row.RequireOrgAdmin === 'true',
    stackAdmin: row.RequireStackAdmin === 'true',
    authFailure: row.AuthenticationFailure === 'true',
  })
  return [identity(true), identity(false)]
}

/** Removes the apostrophe that `csv: {formula_guard: true}` adds. */
export function unguarded(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
}
