import { hash } from 'node:crypto'
import { ByteWriter } from './lib/byte-writer.ts'

export type Operation =
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'add'
  | 'remove'
  | 'grant'
  | 'enable'
  | 'disable'
  | 'login'
  | 'denied'
  | 'other'

/** One fact that happened: the unit that flows through auditferry. Optional members are absent, never empty. */
export interface AuditEvent {
  /** 64 hex characters, see {@link eventUid}. */
  readonly uid: string
  /** Component id in the configuration. */
  readonly source: string
  readonly organization: string
  /** Unix seconds, as the source gives it. */
  readonly timestamp: number
  /** Milliseconds, when it was first read. */
  readonly observedAt: number
  /** Event id in kebab case, `stack-created`. */
  readonly action: string
  /** Display name, `Stack Created`. */
  readonly actionName: string
  readonly category: string
  readonly operation: Operation
  readonly outcome: 'success' | 'failure' | 'unknown'
  /** 1 informational, 2 low, 3 medium, 4 high. */
  readonly severity: number
  readonly actor: Actor
  readonly token?: { readonly id?: string; readonly name?: string }
  readonly sourceIp?: string
  readonly required: { readonly orgAdmin: boolean; readonly stackAdmin: boolean }
  readonly authFailure: boolean
  /** Best effort, taken from the description. */
  readonly target?: Target
  readonly description: string
  /** What a sink's rules added; events in the spool never have it. */
  readonly enrichment?: Enrichment
  /** The record as it came. */
  readonly raw: unknown
}

export interface Actor {
  readonly type: 'user' | 'token' | 'agent' | 'system'
  readonly login: string
  readonly name: string
  readonly avatarUrl?: string
  readonly email?: string
  readonly urn?: string
}

export interface Target {
  readonly type: string
  readonly name?: string
  readonly project?: string
  readonly stack?: string
  readonly updateId?: string
  readonly user?: string
  readonly role?: string
}

export interface Enrichment {
  /** As configured, by name. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>
  /** Where `sourceIp` is, according to a local database. */
  readonly geo?: {
    /** ISO 3166-1, two letters. */
    readonly country?: string
    readonly countryName?: string
    readonly region?: string
    readonly city?: string
    /** Degrees. */
    readonly latitude?: number
    readonly longitude?: number
  }
  /** The network that announces `sourceIp`. */
  readonly as?: { readonly number?: number; readonly organization?: string }
  /** `keep` of every `of` events like this one are sent, so this one stands for `of / keep`. */
  readonly sampled?: { readonly keep: number; readonly of: number }
}

/**
 * The fields that identify an event. Display name, avatar and e-mail are not among them, because profile data changes.
 * With fewer fields, events that differ only in a missing one would be lost.
 */
export interface Identity {
  readonly organization: string
  readonly timestamp: number
  readonly action: string
  readonly login: string
  readonly sourceIp: string
  readonly description: string
  readonly tokenId: string
  readonly tokenName: string
  readonly actorName: string
  readonly actorUrn: string
  readonly orgAdmin: boolean
  readonly stackAdmin: boolean
  readonly authFailure: boolean
}

/**
 * SHA-256 in hex over the canonical JSON of the identity, as an array in a fixed order, and the ordinal. The ordinal
 * numbers identical tuples within one second, so that twins remain two events. `scratch` is overwritten.
 */
export function eventUid(it: Identity, ordinal: number, scratch = new ByteWriter()): string {
  scratch.clear()
  scratch.ascii('["auditferry/1",')
  scratch.json(it.organization)
  scratch.ascii(`,${it.timestamp},`)
  scratch.json(it.action)
  next(scratch, it.login)
  next(scratch, it.sourceIp)
  next(scratch, it.description)
  next(scratch, it.tokenId)
  next(scratch, it.tokenName)
  next(scratch, it.actorName)
  next(scratch, it.actorUrn)
  scratch.ascii(it.orgAdmin ? ',true' : ',false')
  scratch.ascii(it.stackAdmin ? ',true' : ',false')
  scratch.ascii(it.authFailure ? ',true,' : ',false,')
  scratch.ascii(`${ordinal}]`)
  return hash('sha256', scratch.written(), 'hex')
}

function next(out: ByteWriter, text: string): void {
  out.byte(COMMA)
  out.json(text)
}

const COMMA = 0x2c
