import type { AuditEvent } from '../event.ts'
import { quote } from '../lib/quote.ts'
import type { EventWithoutUid } from '../normalise/normalise.ts'
import type { LineFormat } from './format.ts'
import { rfc3339 } from './rfc3339.ts'

/** One JSON object a line, its keys in the documented order. */
export const native: LineFormat = {
  name: 'native',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  encode: (event) => encode(event.uid, event, textOfRaw(event.raw)),
}

/** The native line of a normalised event, whose `raw` is JSON text already. */
export function encodeNative(uid: string, normalised: { readonly event: EventWithoutUid }): string {
  const { event } = normalised
  return encode(uid, event, event.raw)
}

/** Reads a native line. Throws SyntaxError when it isn't JSON. */
export function parseNative(line: Uint8Array): AuditEvent {
  return JSON.parse(decoder.decode(line)) as AuditEvent
}

const decoder = new TextDecoder()

/**
 * Concatenated by hand, because every event takes this path. `JSON.stringify` of a string escapes lone
 * surrogates (ECMAScript, QuoteJSONString), so the line is always valid UTF-8.
 */
function encode(uid: string, event: Omit<AuditEvent, 'uid' | 'raw'>, raw: string | undefined): string {
  const { actor, required, token, target } = event
  return (
    `{"uid":${quote(uid)},"source":${quoteName(event.source)},"organization":${quoteName(event.organization)}` +
    `,"timestamp":${event.timestamp},"time":"${timeOf(event.timestamp)}","observedAt":${event.observedAt}` +
    `,"action":${quoteName(event.action)},"actionName":${quoteName(event.actionName)}` +
    `,"category":${quoteName(event.category)},"operation":${quoteName(event.operation)}` +
    `,"outcome":${quoteName(event.outcome)},"severity":${event.severity}` +
    `,"actor":{"type":${quoteName(actor.type)},"login":${quote(actor.login)},"name":${quote(actor.name)}` +
    `${member('avatarUrl', actor.avatarUrl)}${member('email', actor.email)}${member('urn', actor.urn)}}` +
    (token === undefined ? '' : `,"token":${object(member('id', token.id) + member('name', token.name))}`) +
    member('sourceIp', event.sourceIp) +
    `,"required":{"orgAdmin":${required.orgAdmin},"stackAdmin":${required.stackAdmin}}` +
    `,"authFailure":${event.authFailure}` +
    (target === undefined ? '' : `,"target":${object(targetMembers(target))}`) +
    `,"description":${quote(event.description)}${raw === undefined ? '' : `,"raw":${raw}`}}`
  )
}

/** `JSON.parse` reads any depth, `JSON.stringify` overflows the stack: such a record would block its sink. */
function textOfRaw(raw: unknown): string | undefined {
  try {
    return JSON.stringify(raw)
  } catch {
    return undefined
  }
}

function targetMembers(target: NonNullable<AuditEvent['target']>): string {
  return (
    member('type', target.type) +
    member('name', target.name) +
    member('project', target.project) +
    member('stack', target.stack) +
    member('updateId', target.updateId) +
    member('user', target.user) +
    member('role', target.role)
  )
}

function member(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${quote(text)}`
}

/** Members start with a comma each. */
function object(members: string): string {
  return `{${members.slice(1)}}`
}

/** Events of one second come together: the last answer is most often the next one. */
let lastSecond = Number.NaN
let lastTime = ''

function timeOf(seconds: number): string {
  if (seconds !== lastSecond) {
    lastTime = rfc3339(seconds)
    lastSecond = seconds
  }
  return lastTime
}

/** Names out of small sets, the catalogue's and the configuration's, are quoted once. Bounded: input can't grow it. */
const quotedNames = new Map<string, string>()
const NAMES = 2_000
const NAME_LENGTH = 100

function quoteName(name: string): string {
  const known = quotedNames.get(name)
  if (known !== undefined) return known
  const quoted = quote(name)
  if (quotedNames.size < NAMES && name.length <= NAME_LENGTH) quotedNames.set(name, quoted)
  return quoted
}
