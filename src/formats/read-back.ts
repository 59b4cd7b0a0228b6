/** The reverse of a line format: which event a written line is, and which of its facts never change. */
import Papa from 'papaparse'
import { memberAt, memberOf } from '../lib/members.ts'
import type { FormatName } from './format.ts'

/** An event as stored at a sink. */
export interface StoredEvent {
  readonly uid: string
  /** Component id of the source; undefined if the format doesn't say. */
  readonly source: string | undefined
  /** Unix seconds; NaN if the line contains no valid time. */
  readonly timestamp: number
  /** What identifies the event, by name. Profile data and what the catalogue adds may change, so it is left out. */
  readonly facts: Readonly<Record<string, string>>
  /** Where it is: `out.ndjson, event 3`. */
  readonly place?: string
  /** The sink keeps a uid once, under whichever of the organisation's sources brought it first. */
  readonly isKeptOnce?: true
}

/** What is wrong with a whole file or object, or with the list of them. */
export interface PlaceFault {
  readonly kind: 'missing' | 'changed' | 'added'
  /** Its name or key. */
  readonly place: string
  readonly message: string
  /** Uids of its events, as far as they are known. */
  readonly uids: readonly string[]
  /** If it is missing: the times of its first and last event, Unix seconds. */
  readonly times?: { readonly from: number; readonly to: number }
  /** Nothing needs to be done: the same events are stored there. */
  readonly madeGood?: boolean
}

/** Whatever is older than all events there may have been deleted or moved elsewhere, by whoever rotates files. */
export interface RotatedPlace {
  readonly kind: 'rotated'
  /** Rotation is configured, or there are rotated files. */
  readonly isSeen: boolean
}

/**
 * What is read back: an event, a text for a line without an event, a fault of a whole file or object, or the fact that
 * the place's files are rotated.
 */
export type Stored = StoredEvent | PlaceFault | RotatedPlace | string

/** Whether lines of this format carry a uid. */
export function canReadBack(format: FormatName): boolean {
  return format === 'native' || format === 'csv'
}

/** Reads a line of NDJSON. Undefined if it holds no event. */
export function readNativeLine(line: string): StoredEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const uid = memberOf(value, 'uid')
  if (typeof uid !== 'string') return undefined
  const timestamp = memberOf(value, 'timestamp')
  const source = memberOf(value, 'source')
  return {
    uid,
    source: typeof source === 'string' ? source : undefined,
    timestamp: typeof timestamp === 'number' ? timestamp : Number.NaN,
    facts: Object.fromEntries(NATIVE_FACTS.map((path) => [path, textOf(memberAt(value, path.split('.')))])),
  }
}

/** Reads a row of a CSV text with its header. Undefined if it holds no event. */
export function readRow(row: Record<string, string>): StoredEvent | undefined {
  const { UID: uid = '', Timestamp: time = '' } = row
  if (!/^[0-9a-f]{64}$/.test(uid)) return undefined
  const facts = Object.fromEntries(CSV_FACTS.map((name) => [name, row[name] ?? '']))
  return { uid, source: undefined, timestamp: Date.parse(time) / 1000, facts }
}

/** Reads one payload as a sink would get it. */
export function factsOf(
  format: FormatName,
  payload: string,
  header: string,
): StoredEvent['facts'] | undefined {
  if (format === 'native') return readNativeLine(payload)?.facts
  // Nothing is left to guess: cells may hold any line end and delimiter, and would mislead the guess.
  const { data } = Papa.parse<Record<string, string>>(`${header}\r\n${payload}\r\n`, {
    ...{ header: true, delimiter: ',', newline: '\r\n' },
  })
  return readRow(data[0] ?? {})?.facts
}

const NATIVE_FACTS = [
  'source',
  'organization',
  'timestamp',
  'time',
  'action',
  'actor.login',
  'actor.urn',
  'token.id',
  'token.name',
  'sourceIp',
  'required.orgAdmin',
  'required.stackAdmin',
  'authFailure',
  'description',
]

const CSV_FACTS = [
  'Timestamp',
  'Login',
  'Description',
  'SourceIP',
  'RequireOrgAdmin',
  'RequireStackAdmin',
  'AuthenticationFailure',
  'TokenID',
  'TokenName',
  'ActorUrn',
  'Organization',
  'EventID',
]

function textOf(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}
