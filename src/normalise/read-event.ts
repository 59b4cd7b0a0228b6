/** One event as a person has it at hand: a native event, a record of the audit API, or a dead letter, as JSON. */
import { z } from 'zod'
import type { SourceConfig } from '../config/config.ts'
import { UsageError } from '../errors.ts'
import { type AuditEvent, eventUid } from '../event.ts'
import { parseNative, writeNative } from '../formats/native.ts'
import { withForeignLine } from '../formats/record-text.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { isObject, jsonText, oneLine } from '../lib/json-text.ts'
import { wordJsonIssue } from '../lib/zod-issues.ts'
import { createNormaliser } from './normalise.ts'

const optional = z.string().default('')
const flag = z.boolean().default(false)

/** A record of the audit API's JSON list, as the API documents it. */
const record = z.object({
  timestamp: z.int(),
  event: z.string(),
  description: optional,
  sourceIP: optional,
  user: z
    .object({ githubLogin: optional, name: optional, avatarUrl: optional, email: optional })
    .prefault({}),
  tokenID: optional,
  tokenName: optional,
  actorName: optional,
  actorUrn: optional,
  reqOrgAdmin: flag,
  reqStackAdmin: flag,
  authFailure: flag,
})

/** The members of a native event that rules and formats read. */
const nativeEvent = z.looseObject({
  uid: z.string(),
  source: z.string(),
  organization: z.string(),
  timestamp: z.int(),
  observedAt: z.int(),
  action: z.string(),
  actionName: z.string(),
  category: z.string(),
  operation: z.string(),
  outcome: z.string(),
  severity: z.int(),
  actor: z.looseObject({ ...texts('avatarUrl', 'email', 'urn'), ...named('type', 'login', 'name') }),
  token: z.looseObject(texts('id', 'name')).optional(),
  sourceIp: z.string().optional(),
  required: z.looseObject({ orgAdmin: z.boolean(), stackAdmin: z.boolean() }),
  authFailure: z.boolean(),
  target: z
    .looseObject({ ...texts('name', 'project', 'stack', 'updateId', 'user', 'role'), ...named('type') })
    .optional(),
  description: z.string(),
  enrichment: z.looseObject({}).optional(),
})

function named(...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, z.string()]))
}

function texts(...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, z.string().optional()]))
}

interface Context {
  /** What a record is completed with; a native event has its own. */
  readonly origin: { readonly source: string; readonly organization: string }
  /** Milliseconds. */
  readonly observedAt: number
}

/**
 * Takes one native event, one record or one dead letter, alone or in a list of one. `text`: what it was parsed from, if
 * known. Throws UsageError that says what is wrong.
 */
export function readEvent(value: unknown, context: Context, text?: string): AuditEvent {
  const one = only(value)
  const asCame = one === value && text !== undefined ? oneLine(text) : undefined
  if (typeof one === 'object' && one !== null && 'uid' in one) {
    const event = readNativeEvent(one)
    return asCame === undefined ? event : withForeignLine(event, asCame)
  }
  return complete(demand(record, one, 'record'), asCame ?? jsonText(one) ?? '', context)
}

/** Throws UsageError that says what is wrong. */
export function readNativeEvent(value: unknown): AuditEvent {
  demand(nativeEvent, value, 'native event')
  return value as AuditEvent
}

/** Throws UsageError if the text isn't JSON. */
export function parseEvent(text: string, context: Context): AuditEvent {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError('is not JSON; give one native event, one record of the audit API or one dead letter')
  }
  return readEvent(value, context, text)
}

export function originOf({ id, options }: SourceConfig): Context['origin'] {
  const named = typeof options === 'object' && options !== null && 'organization' in options
  return { source: id, organization: named ? String(options.organization) : '' }
}

/** The uid assumes that the record is the only one of its kind in its second. */
function complete(it: z.output<typeof record>, raw: string, { origin, observedAt }: Context): AuditEvent {
  const { githubLogin: login, name, avatarUrl, email } = it.user
  const { sourceIP: sourceIp, tokenID: tokenId, reqOrgAdmin: orgAdmin, reqStackAdmin: stackAdmin } = it
  const fields = { ...it, login, name, avatarUrl, email, sourceIp, tokenId, orgAdmin, stackAdmin }
  const normalised = createNormaliser(origin)({ ...fields, raw }, observedAt)
  const line = new ByteWriter()
  writeNative(line, eventUid(normalised.identity, 0), normalised)
  return parseNative(line.written())
}

function only(value: unknown): unknown {
  const holder = isObject(value) ? value : {}
  const list = holder.auditLogEvents ?? holder.deadLetters ?? value
  if (!Array.isArray(list)) return eventOf(list)
  if (list.length !== 1) throw new UsageError(`holds ${list.length} events; give one`)
  return eventOf(list[0])
}

/** A dead letter holds its event; the `event` of a record is its name. */
function eventOf(one: unknown): unknown {
  if (!isObject(one) || !('sink' in one) || typeof one.event !== 'object') return one
  if (one.event === null) throw new UsageError(`is a dead letter without its event: ${one.unreadable}`)
  return one.event
}

function demand<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string) {
  const parsed = schema.safeParse(value, { error: wordJsonIssue })
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw new UsageError(`is not a ${what}: ${faults.join('; ')}`)
}
