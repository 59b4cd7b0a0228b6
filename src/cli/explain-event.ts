import { z } from 'zod'
import { UsageError } from '../errors.ts'
import { type AuditEvent, eventUid } from '../event.ts'
import { parseNative, writeNative } from '../formats/native.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { createNormaliser } from '../normalise/normalise.ts'

const optional = z.string().default('')
const flag = z.boolean().default(false)

/** A record of the audit API's JSON list, as it documents it. */
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

/** Of a native event, what the rules and formats read. */
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
  actor: z.looseObject({ type: z.string(), login: z.string(), name: z.string() }),
  required: z.looseObject({ orgAdmin: z.boolean(), stackAdmin: z.boolean() }),
  authFailure: z.boolean(),
  description: z.string(),
})

interface Context {
  /** Named in errors. */
  readonly file: string
  readonly origin: { readonly source: string; readonly organization: string }
  readonly observedAt: number
}

/** One native event or one record, alone or in a list of one. Throws UsageError that says what is wrong. */
export function readEvent(text: string, context: Context): AuditEvent {
  const value = only(parse(text, context), context)
  if (typeof value === 'object' && value !== null && 'uid' in value) {
    demand(nativeEvent, value, 'native event', context)
    return value as AuditEvent
  }
  return complete(demand(record, value, 'record', context), value, context)
}

/** The uid counts the record as the only one of its kind in its second. */
function complete(it: z.output<typeof record>, value: unknown, { origin, observedAt }: Context): AuditEvent {
  const { githubLogin: login, name, avatarUrl, email } = it.user
  const { sourceIP: sourceIp, tokenID: tokenId, reqOrgAdmin: orgAdmin, reqStackAdmin: stackAdmin } = it
  const fields = { ...it, login, name, avatarUrl, email, sourceIp, tokenId, orgAdmin, stackAdmin }
  const normalised = createNormaliser(origin)({ ...fields, raw: JSON.stringify(value) }, observedAt)
  const line = new ByteWriter()
  writeNative(line, eventUid(normalised.identity, 0), normalised)
  return parseNative(line.written())
}

function parse(text: string, { file }: Context): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`--event ${file}: is not JSON; give one native event or one record of the audit API`)
  }
}

function only(value: unknown, { file }: Context): unknown {
  const holder = typeof value === 'object' && value !== null && 'auditLogEvents' in value
  const list = holder ? value.auditLogEvents : value
  if (!Array.isArray(list)) return list
  if (list.length !== 1) throw new UsageError(`--event ${file}: holds ${list.length} events; give one`)
  return list[0]
}

function demand<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string, { file }: Context) {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw new UsageError(`--event ${file}: is not a ${what}: ${faults.join('; ')}`)
}
