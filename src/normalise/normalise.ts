import type { RecordFields } from '../connector.ts'
import type { Actor, AuditEvent, Identity } from '../event.ts'
import type { ByteWriter } from '../lib/byte-writer.ts'
import { type Identified, identify } from './catalogue.ts'
import { actorType, outcomeOf } from './outcome.ts'
import { targetOf } from './target.ts'

/** Everything about an event except its uid, which needs the whole second because twins are counted. */
export interface NormalisedEvent {
  /** For `eventUid`. */
  readonly identity: Identity
  /** False for an action that the catalogue doesn't know; the caller counts these. */
  readonly known: boolean
  /** Made on demand: an event that the ledger already knows is never completed. */
  readonly members: EventMembers
  /** Appends the unchanged record, as JSON. */
  writeRaw(out: ByteWriter): void
}

type EventMembers = Omit<AuditEvent, 'uid' | 'raw'>

interface Origin {
  readonly source: string
  readonly organization: string
}

/**
 * Completes the records of one source to events. Text is kept unchanged; empty text means absent. `observedAt` is in
 * milliseconds. Called once per event, so it uses no spreads and no closures.
 */
export function createNormaliser(origin: Origin) {
  return (record: RecordFields, observedAt: number): NormalisedEvent =>
    new Normalised(origin, record, observedAt)
}

/** A class because of its lazy members: until the ledger has decided, a page is kept in its smallest form. */
class Normalised implements NormalisedEvent {
  readonly #origin: Origin
  readonly #record: RecordFields
  readonly #observedAt: number
  readonly #identified: Identified

  constructor(origin: Origin, record: RecordFields, observedAt: number) {
    this.#origin = origin
    this.#record = record
    this.#observedAt = observedAt
    this.#identified = identify(record.event)
  }

  get known(): boolean {
    return this.#identified.entry !== undefined
  }

  get identity(): Identity {
    return identityOf(this.#record, this.#origin.organization, this.#identified.action)
  }

  get members(): EventMembers {
    return membersOf(this.#record, this.#identified, this.#origin, this.#observedAt)
  }

  writeRaw(out: ByteWriter): void {
    const record = this.#record
    if (record.writeRaw === undefined) out.text(record.raw)
    else record.writeRaw(out)
  }
}

function membersOf(
  record: RecordFields,
  identified: Identified,
  origin: Origin,
  observedAt: number,
): EventMembers {
  const { action, actionName, entry } = identified
  const event: Writable<EventMembers> = {
    source: origin.source,
    organization: origin.organization,
    timestamp: record.timestamp,
    observedAt,
    action,
    actionName,
    category: entry === undefined ? 'unknown' : entry.category,
    operation: entry === undefined ? 'other' : entry.operation,
    outcome: outcomeOf(entry, record.authFailure, record.description),
    severity: entry === undefined ? unknownSeverity(record) : entry.severity,
    actor: actorOf(record),
    required: { orgAdmin: record.orgAdmin, stackAdmin: record.stackAdmin },
    authFailure: record.authFailure,
    description: record.description,
  }
  const token = tokenOf(record)
  if (token !== undefined) event.token = token
  if (record.sourceIp !== '') event.sourceIp = record.sourceIp
  const target = targetOf(action, entry?.object, record.description)
  if (target !== undefined) event.target = target
  return event
}

type Writable<Type> = { -readonly [Member in keyof Type]: Type[Member] }

function unknownSeverity(record: RecordFields): number {
  return record.orgAdmin || record.stackAdmin ? 2 : 1
}

/** A non-human actor's name is used if the record names no user. */
function actorOf(record: RecordFields): Actor {
  const actor: Writable<Actor> = {
    type: actorType(record),
    login: record.login,
    name: record.name === '' ? record.actorName : record.name,
  }
  if (record.avatarUrl !== '') actor.avatarUrl = record.avatarUrl
  if (record.email !== '') actor.email = record.email
  if (record.actorUrn !== '') actor.urn = record.actorUrn
  return actor
}

function tokenOf(record: RecordFields): AuditEvent['token'] {
  if (record.tokenId === '' && record.tokenName === '') return undefined
  const token: Writable<NonNullable<AuditEvent['token']>> = {}
  if (record.tokenId !== '') token.id = record.tokenId
  if (record.tokenName !== '') token.name = record.tokenName
  return token
}

function identityOf(record: RecordFields, organization: string, action: string): Identity {
  return {
    organization,
    timestamp: record.timestamp,
    action,
    login: record.login,
    sourceIp: record.sourceIp,
    description: record.description,
    tokenId: record.tokenId,
    tokenName: record.tokenName,
    actorName: record.actorName,
    actorUrn: record.actorUrn,
    orgAdmin: record.orgAdmin,
    stackAdmin: record.stackAdmin,
    authFailure: record.authFailure,
  }
}
