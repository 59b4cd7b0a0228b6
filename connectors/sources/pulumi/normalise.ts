/** Rows of the CSV export and entries of the JSON list, mapped to the common names. */
import type { RecordFields } from '../../../src/connector.ts'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { isObject } from '../../../src/lib/json-text.ts'
import { secondsOf, timestampFault } from './time.ts'

/** Where each field is in a row, by the header's names; -1 if the export has no such column. */
export interface Columns {
  readonly timestamp: number
  readonly name: number
  readonly login: number
  readonly event: number
  readonly description: number
  readonly sourceIp: number
  readonly orgAdmin: number
  readonly stackAdmin: number
  readonly authFailure: number
  readonly tokenId: number
  readonly tokenName: number
  readonly actorName: number
  readonly actorUrn: number
  /** Which of the columns that are in every export (reference, 2.2) are not in this one. */
  readonly lacking: readonly string[]
  /** `{"Timestamp":`, `,"Name":` …: what precedes the value of each column. */
  readonly rawKeys: readonly Uint8Array[]
}

const DOCUMENTED =
  'Timestamp Name Login Event Description SourceIP RequireOrgAdmin RequireStackAdmin AuthenticationFailure'

/** Columns may come in any order, with blanks around their names, and may be fewer or more than the documented nine. */
export function columnsOf(header: readonly string[]): Columns {
  const names = header.map((it) => it.trim())
  const known = names.map((it) => it.toLowerCase())
  const at = (name: string) => known.indexOf(name)
  return {
    timestamp: at('timestamp'),
    name: at('name'),
    login: at('login'),
    event: at('event'),
    description: at('description'),
    sourceIp: at('sourceip'),
    orgAdmin: at('requireorgadmin'),
    stackAdmin: at('requirestackadmin'),
    authFailure: at('authenticationfailure'),
    tokenId: at('tokenid'),
    tokenName: at('tokenname'),
    actorName: at('actorname'),
    actorUrn: at('actorurn'),
    lacking: DOCUMENTED.split(' ').filter((it) => at(it.toLowerCase()) === -1),
    rawKeys: distinct(names).map((it, at) => Buffer.from(`${at === 0 ? '{' : ','}${JSON.stringify(it)}:`)),
  }
}

/** Takes a row with as many cells as the header; returns the reason if it can't be an event. */
export function recordOfRow(
  cells: readonly string[],
  columns: Columns,
  latest: number,
): RecordFields | string {
  const timestamp = secondsOf(cellAt(cells, columns.timestamp))
  const fault = timestampFault(timestamp, latest)
  if (fault !== undefined) return fault
  return new RowRecord(timestamp, cells, columns)
}

const CLOSE = 0x7d

/** A class because of its `raw`, which is put together only when the event is written, and not kept before. */
class RowRecord implements RecordFields {
  readonly timestamp: number
  readonly event: string
  readonly description: string
  readonly sourceIp: string
  readonly login: string
  readonly name: string
  readonly avatarUrl = ''
  readonly email = ''
  readonly tokenId: string
  readonly tokenName: string
  readonly actorName: string
  readonly actorUrn: string
  readonly orgAdmin: boolean
  readonly stackAdmin: boolean
  readonly authFailure: boolean
  readonly #cells: readonly string[]
  readonly #rawKeys: readonly Uint8Array[]

  constructor(timestamp: number, cells: readonly string[], columns: Columns) {
    this.timestamp = timestamp
    this.event = cellAt(cells, columns.event)
    this.description = cellAt(cells, columns.description)
    this.sourceIp = cellAt(cells, columns.sourceIp)
    this.login = cellAt(cells, columns.login)
    this.name = cellAt(cells, columns.name)
    this.tokenId = cellAt(cells, columns.tokenId)
    this.tokenName = cellAt(cells, columns.tokenName)
    this.actorName = cellAt(cells, columns.actorName)
    this.actorUrn = cellAt(cells, columns.actorUrn)
    this.orgAdmin = isTrue(cellAt(cells, columns.orgAdmin))
    this.stackAdmin = isTrue(cellAt(cells, columns.stackAdmin))
    this.authFailure = isTrue(cellAt(cells, columns.authFailure))
    this.#cells = cells
    this.#rawKeys = columns.rawKeys
  }

  get raw(): string {
    const out = new ByteWriter()
    this.writeRaw(out)
    return out.toString()
  }

  get size(): number {
    let size = 0
    for (const cell of this.#cells) size += cell.length
    return size
  }

  writeRaw(out: ByteWriter): void {
    for (let at = 0; at < this.#rawKeys.length; at++) {
      out.bytes(this.#rawKeys[at] as Uint8Array)
      out.json(cellAt(this.#cells, at))
    }
    out.byte(CLOSE)
  }
}

/** Takes an entry of `auditLogEvents`. The API leaves out false flags and empty texts; `text` is the entry's JSON. */
export function recordOfEntry(entry: unknown, text: string, latest: number): RecordFields | string {
  if (!isObject(entry)) return 'entry is not an object'
  const timestamp = secondsOfJson(entry.timestamp)
  const fault = timestampFault(timestamp, latest)
  if (fault !== undefined) return fault
  const user = isObject(entry.user) ? entry.user : {}
  return {
    timestamp,
    event: textOf(entry.event, text, 'event'),
    description: textOf(entry.description, text, 'description'),
    sourceIp: textOf(entry.sourceIP, text, 'sourceIP'),
    login: textOf(user.githubLogin, text, 'user', 'githubLogin'),
    name: textOf(user.name, text, 'user', 'name'),
    avatarUrl: textOf(user.avatarUrl, text, 'user', 'avatarUrl'),
    email: textOf(user.email, text, 'user', 'email'),
    tokenId: textOf(entry.tokenID, text, 'tokenID'),
    tokenName: textOf(entry.tokenName, text, 'tokenName'),
    actorName: textOf(entry.actorName, text, 'actorName'),
    actorUrn: textOf(entry.actorUrn, text, 'actorUrn'),
    orgAdmin: isTrue(entry.reqOrgAdmin),
    stackAdmin: isTrue(entry.reqStackAdmin),
    authFailure: isTrue(entry.authFailure),
    raw: text,
  }
}

function cellAt(cells: readonly string[], at: number): string {
  return at < 0 ? '' : (cells[at] ?? '')
}

function secondsOfJson(value: unknown): number {
  if (typeof value === 'number') return Math.floor(value)
  return typeof value === 'string' ? secondsOf(value) : Number.NaN
}

/** `text` is the entry's JSON, the rest is the value's place in it: used only for large numbers. */
function textOf(value: unknown, text: string, key: string, inner?: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number')
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : digitsOf(value, text, key, inner)
  return typeof value === 'boolean' ? String(value) : ''
}

/** A number as it was written: an id with more digits than a double holds would turn into another id. */
function digitsOf(value: number, text: string, key: string, inner: string | undefined): string {
  try {
    const entry = JSON.parse(text, asWritten)
    return String(inner === undefined ? entry[key] : entry[key][inner])
  } catch {
    // Unlike plain JSON.parse, one with a reviver has too little stack for values nested a thousand deep.
    return String(value)
  }
}

/** The compiler's library doesn't know the third argument yet (proposal-json-parse-with-source, in Node since 21). */
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? value) : value
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === 'True' || value === 'TRUE' || value === '1'
}

/** Two columns of the same name would overwrite each other in the JSON of a row. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name, at) => {
    let key = name === '' ? `column ${at + 1}` : name
    while (taken.has(key)) key = `${key} ${at + 1}`
    taken.add(key)
    return key
  })
}
