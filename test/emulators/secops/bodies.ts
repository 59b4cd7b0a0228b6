/**
 * Reads bodies as protobuf's JSON does: an unknown name, a wrong type or a missing field makes the whole request fail.
 */

import { parseJson } from '../intake/json-in-pieces.ts'

export interface Entry {
  readonly uid: string
  /** The UDM event, or the text of the raw log. */
  readonly content: unknown
  /** The time of a raw log, RFC 3339. */
  readonly time?: string
  readonly logType?: string
}

interface BodyRules {
  readonly kind: 'udm' | 'raw'
  readonly isV2: boolean
  readonly INSTANCE: string
  readonly CUSTOMER: string
}

function listOfBody({ kind, isV2 }: BodyRules): readonly string[] {
  if (isV2) return [kind === 'udm' ? 'events' : 'entries']
  return ['inline_source', kind === 'udm' ? 'events' : 'logs']
}

type Members = Readonly<Record<string, unknown>>

/** A returned text says what is wrong. */
export function entriesOf(bytes: Buffer, rules: BodyRules): readonly Entry[] | string {
  const body = parseJson(bytes, listOfBody(rules))
  if (!isObject(body)) return 'Invalid JSON payload received.'
  try {
    return rules.isV2 ? batchOf(body, rules) : importOf(body, rules)
  } catch (error) {
    return (error as Error).message
  }
}

function importOf(body: Members, { kind, INSTANCE }: BodyRules): readonly Entry[] {
  only(body, ['inline_source'])
  const source = body.inline_source
  if (!isObject(source)) throw new Error('inline_source is required')
  only(source, kind === 'udm' ? ['events'] : ['logs', 'forwarder'])
  if (source.forwarder !== undefined && !`${source.forwarder}`.startsWith(`${INSTANCE}/forwarders/`)) {
    throw new Error('invalid forwarder')
  }
  if (kind === 'raw') return listOf(source.logs).map(logOf)
  return listOf(source.events).map((event) => {
    only(event, ['udm'])
    return udmOf(event.udm)
  })
}

function batchOf(body: Members, { kind, CUSTOMER }: BodyRules): readonly Entry[] {
  only(body, kind === 'udm' ? ['customer_id', 'events'] : ['customer_id', 'log_type', 'entries'])
  if (body.customer_id !== CUSTOMER) throw new Error('customer_id is not that of an instance')
  if (kind === 'udm') return listOf(body.events).map(udmOf)
  return listOf(body.entries).map((entry) => {
    only(entry, ['log_text', 'ts_rfc3339'])
    const { log_text: text, ts_rfc3339: time } = entry
    if (typeof text !== 'string' || text === '') throw new Error('log_text is empty')
    return { ...rawOf(text, timeOf(time)), logType: `${body.log_type}` }
  })
}

function udmOf(event: unknown): Entry {
  if (!isObject(event) || !isObject(event.metadata)) throw new Error('invalid udm: metadata is required')
  only(event, ['metadata', 'principal', 'target', 'securityResult', 'extensions', 'additional'])
  timeOf(event.metadata.eventTimestamp)
  if (!/^[A-Z_]+$/.test(`${event.metadata.eventType}`)) throw new Error('invalid udm: eventType')
  return { uid: `${event.metadata.productLogId}`, content: event }
}

function logOf(log: Members): Entry {
  only(log, ['data', 'log_entry_time', 'collection_time'])
  const bytes = Buffer.from(`${log.data}`, 'base64')
  if (bytes.length === 0 || bytes.toString('base64') !== log.data) throw new Error('data is not base64')
  const [happened, collected] = [timeOf(log.log_entry_time), timeOf(log.collection_time)]
  if (Date.parse(collected) <= Date.parse(happened))
    throw new Error('collection_time is not after log_entry_time')
  return rawOf(new TextDecoder('utf-8', { fatal: true }).decode(bytes), happened)
}

/** Only a native event contains its uid. */
function rawOf(text: string, time: string): Entry {
  return { uid: /"uid":"([0-9a-f]{64})"/.exec(text)?.[1] ?? '', content: text, time }
}

function timeOf(value: unknown): string {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)
  if (!isTime || Number.isNaN(Date.parse(value))) throw new Error(`invalid Timestamp ${value}`)
  return value
}

function listOf(value: unknown): readonly Members[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new Error('expected a list of messages')
  return value
}

function only(members: Members, known: readonly string[]): void {
  const strange = Object.keys(members).find((name) => !known.includes(name))
  if (strange !== undefined) {
    throw new Error(`Invalid JSON payload received. Unknown name "${strange}": Cannot find field.`)
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
