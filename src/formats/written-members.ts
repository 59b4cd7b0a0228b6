/**
 * The members of an event as JSON, for formats that write most of them unchanged: a native line already has them in
 * this form, and parsing and printing them takes twice as long as everything else.
 */
import type { AuditEvent } from '../event.ts'
import { LIVE_COLUMNS } from './csv-columns.ts'
import { LONGEST, maybe, TEXT, text, texts } from './native-pattern.ts'
import { recordText } from './record-text.ts'
import { utf8Text } from './utf8-text.ts'

/** JSON strings with their quotes, absent if the text is absent or empty. */
export interface WrittenMembers {
  readonly uid: string | undefined
  readonly source: string | undefined
  readonly organization: string | undefined
  readonly timestamp: number
  readonly observedAt: number
  readonly action: string | undefined
  readonly actionName: string | undefined
  readonly category: string | undefined
  readonly operation: string | undefined
  readonly outcome: string | undefined
  readonly severity: number
  readonly actorType: string | undefined
  readonly login: string | undefined
  readonly name: string | undefined
  readonly avatarUrl: string | undefined
  readonly email: string | undefined
  readonly urn: string | undefined
  readonly tokenId: string | undefined
  readonly tokenName: string | undefined
  readonly sourceIp: string | undefined
  readonly orgAdmin: string
  readonly stackAdmin: string
  readonly authFailure: string
  readonly targetType: string | undefined
  readonly targetName: string | undefined
  readonly project: string | undefined
  readonly stack: string | undefined
  readonly updateId: string | undefined
  readonly targetUser: string | undefined
  readonly role: string | undefined
  readonly description: string | undefined
  readonly enrichment: AuditEvent['enrichment']
  /** Parsed; from a line's record, only what says more than the members do. */
  readonly raw: unknown
  /** The unchanged record. */
  readonly record: () => string | undefined
}

export function membersOf(event: AuditEvent, written = asIs): WrittenMembers {
  const { actor, token, target, required } = event
  return {
    uid: written(event.uid),
    source: written(event.source),
    organization: written(event.organization),
    timestamp: event.timestamp,
    observedAt: event.observedAt,
    action: written(event.action),
    actionName: written(event.actionName),
    category: written(event.category),
    operation: written(event.operation),
    outcome: written(event.outcome),
    severity: event.severity,
    actorType: written(actor.type),
    login: written(actor.login),
    name: written(actor.name),
    avatarUrl: written(actor.avatarUrl),
    email: written(actor.email),
    urn: written(actor.urn),
    tokenId: written(token?.id),
    tokenName: written(token?.name),
    sourceIp: written(event.sourceIp),
    orgAdmin: String(required.orgAdmin),
    stackAdmin: String(required.stackAdmin),
    authFailure: String(event.authFailure),
    targetType: written(target?.type),
    targetName: written(target?.name),
    project: written(target?.project),
    stack: written(target?.stack),
    updateId: written(target?.updateId),
    targetUser: written(target?.user),
    role: written(target?.role),
    description: written(event.description),
    enrichment: event.enrichment,
    raw: event.raw,
    record: () => recordText(event),
  }
}

/** The same for schemas whose texts are UTF-8 ({@link utf8Text}). */
export function utf8MembersOf(event: AuditEvent): WrittenMembers {
  return membersOf(event, utf8Json)
}

/** JSON of a text, absent for an empty one. */
export function utf8Json(text: string | undefined): string | undefined {
  return asIs(utf8Text(text))
}

/**
 * The same from a native line, where each character is one byte of UTF-8: as real text, anything beyond Latin takes
 * twice the memory all the way. Undefined if the line isn't written as most are, whether valid or not. Throws
 * SyntaxError if its record isn't JSON.
 */
export function membersOfLine(line: Uint8Array): WrittenMembers | undefined {
  if (line.length > LONGEST) return undefined
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('latin1')
  const found = LINE.exec(text)
  if (found === null || !text.endsWith('}') || isEscaped(text)) return undefined
  const record = text.slice(found[0].length, -1)
  return {
    uid: unlessEmpty(found[1]),
    source: unlessEmpty(found[2]),
    organization: unlessEmpty(found[3]),
    timestamp: Number(found[4]),
    observedAt: Number(found[5]),
    action: unlessEmpty(found[6]),
    actionName: unlessEmpty(found[7]),
    category: unlessEmpty(found[8]),
    operation: unlessEmpty(found[9]),
    outcome: unlessEmpty(found[10]),
    severity: Number(found[11]),
    actorType: unlessEmpty(found[12]),
    login: unlessEmpty(found[13]),
    name: unlessEmpty(found[14]),
    avatarUrl: unlessEmpty(found[15]),
    email: unlessEmpty(found[16]),
    urn: unlessEmpty(found[17]),
    tokenId: unlessEmpty(found[18]),
    tokenName: unlessEmpty(found[19]),
    sourceIp: unlessEmpty(found[20]),
    orgAdmin: found[21] as string,
    stackAdmin: found[22] as string,
    authFailure: found[23] as string,
    targetType: unlessEmpty(found[24]),
    targetName: unlessEmpty(found[25]),
    project: unlessEmpty(found[26]),
    stack: unlessEmpty(found[27]),
    updateId: unlessEmpty(found[28]),
    targetUser: unlessEmpty(found[29]),
    role: unlessEmpty(found[30]),
    description: unlessEmpty(found[31]),
    enrichment: undefined,
    raw: rawOf(record),
    record: () => record,
  }
}

/**
 * Whether a character beyond ASCII, or half of one, may be written as an escape: what it stands for is no single byte.
 */
function isEscaped(json: string): boolean {
  return json.includes('\\u') && /\\u(?!00[0-7])/.test(json)
}

/**
 * For a row of the export as most are, only what the event's members do not contain: parsing all of it takes twice as
 * long.
 */
function rawOf(record: string): unknown {
  const row = ROW.exec(record)
  return row === null ? JSON.parse(record) : { Event: plainOf(row[1]), ActorName: plainOf(row[2]) }
}

/** How an absent text is written if the member is mandatory. */
export const EMPTY = '""'

/** The text behind this JSON; empty if that is absent. */
export function plainOf(json = EMPTY): string {
  return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1)
}

function asIs(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : JSON.stringify(text)
}

function unlessEmpty(json: string | undefined): string | undefined {
  return json === EMPTY ? undefined : json
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`
const flag = (key: string) => `"${key}":(true|false)`

/** A native line up to its record, with its members in the documented order. */
const LINE = new RegExp(
  String.raw`^\{${texts('uid', 'source', 'organization')},"timestamp":(${NUMBER}),"time":${TEXT},"observedAt":(${NUMBER}),` +
    String.raw`${texts('action', 'actionName', 'category', 'operation', 'outcome')},"severity":(\d+),` +
    String.raw`"actor":\{${texts('type', 'login', 'name')}${maybe('avatarUrl', 'email', 'urn')}\}` +
    String.raw`(?:,"token":\{(?:${text('id')}(?=\}|,"name"))?,?(?:${text('name')})?\})?${maybe('sourceIp')},` +
    String.raw`"required":\{${flag('orgAdmin')},${flag('stackAdmin')}\},${flag('authFailure')}` +
    String.raw`(?:,"target":\{${text('type')}${maybe('name', 'project', 'stack', 'updateId', 'user', 'role')}\})?` +
    `${maybe('description')},"raw":`,
)

const ROW = new RegExp(
  `^\\{${LIVE_COLUMNS.map(([name]) => (name === 'Event' || name === 'ActorName' ? text(name) : `"${name}":${TEXT}`)).join()}\\}$`,
)
