/**
 * Redaction: a field of the event is dropped, masked, hashed or truncated, and so is every text in `raw` that
 * equals it. Only whole values are found: `description` is prose that may name people, stacks and addresses,
 * so to hide them there as well, redact `description` too.
 */
import { createHmac, hash } from 'node:crypto'
import type { Redaction } from '../config/config.ts'
import type { AuditEvent } from '../event.ts'
import { forgetRecordText } from '../formats/record-text.ts'
import { hasMembers, memberAt, memberOf } from '../lib/members.ts'
import type { Secret } from '../lib/secret.ts'
import { didYouMean } from '../lib/suggest.ts'
import { maskAddress, maskText } from './mask.ts'

/** Fields that hold text. A required one that is dropped becomes empty text. */
export const TEXT_FIELDS: readonly string[] = [
  'actor.login',
  'actor.name',
  'actor.avatarUrl',
  'actor.email',
  'actor.urn',
  'token.id',
  'token.name',
  'sourceIp',
  'target.name',
  'target.project',
  'target.stack',
  'target.updateId',
  'target.user',
  'target.role',
  'description',
  'enrichment.geo.country',
  'enrichment.geo.countryName',
  'enrichment.geo.region',
  'enrichment.geo.city',
  'enrichment.as.organization',
]
const REQUIRED = ['actor.login', 'actor.name', 'description']
/** Fields that do not hold text can only be dropped. */
const WHOLE_FIELDS: readonly string[] = [
  'token',
  'target',
  'raw',
  'enrichment',
  'enrichment.fields',
  'enrichment.geo',
  'enrichment.geo.latitude',
  'enrichment.geo.longitude',
  'enrichment.as',
  'enrichment.as.number',
]
/** What a rule added has no copies in the record. */
const ADDED = 'enrichment'

/** Why a field can't be redacted at all; undefined if it can. */
export function checkField(field: string): string | undefined {
  if (field === 'uid' || field === 'timestamp' || field === 'time') {
    return `"${field}" can't be redacted: it is what makes the event the same event everywhere`
  }
  if (!WHOLE_FIELDS.includes(field) && !TEXT_FIELDS.includes(field) && !field.startsWith('raw.')) {
    const known = [...TEXT_FIELDS, ...WHOLE_FIELDS]
    return `"${field}" can't be redacted; fields that can: ${known.join(', ')}, raw.<path>${didYouMean(field, known)}`
  }
  if (field.startsWith('raw.') && field.split('.').includes('')) {
    return `"${field}" is no path: raw.user.email is one`
  }
  return undefined
}

/** What is wrong with a redaction, for the person who wrote it; undefined if nothing. */
export function checkRedaction(redaction: Redaction): string | undefined {
  const { field } = redaction
  const fault = checkField(field)
  if (fault !== undefined) return fault
  if (WHOLE_FIELDS.includes(field) && redaction.with !== 'drop')
    return `"${field}" is not a single text: it can only be dropped`
  if (redaction.with === 'truncate' && redaction.keep === undefined) {
    return `"truncate" of "${field}" needs "keep", the number of characters that stay`
  }
  if (redaction.keep !== undefined && redaction.with !== 'truncate') return '"keep" goes with "truncate"'
  if (redaction.key !== undefined && redaction.with !== 'hash') return '"key" goes with "hash"'
  if (redaction.prefix !== undefined && (redaction.with !== 'mask' || !mayBeAddress(field))) {
    return `"prefix" goes with "mask" of an address: of sourceIp or raw.<path>, not of "${field}"`
  }
  return undefined
}

function mayBeAddress(field: string): boolean {
  return field === 'sourceIp' || field.startsWith('raw.')
}

/** A message without what the redactions hide of its event. */
export function withoutHidden(message: string, event: AuditEvent, redactions: readonly Redaction[]): string {
  return redactions
    .flatMap(({ field }) => textsIn(placeOf(event, field)?.value))
    .sort((a, b) => b.length - a.length)
    .reduce((clean, hidden) => clean.replaceAll(hidden, '[redacted]'), message)
}

/** Changes the event it is given, which the caller owns. The redactions have passed {@link checkRedaction}. */
export function redact(event: AuditEvent, redactions: readonly Redaction[]): void {
  for (const redaction of redactions) redactField(event as unknown as Node, redaction)
}

/**
 * The same for a dead letter, which was kept after {@link redact} with the redactions of that time. A hash stays as it
 * is; everything else comes out the same when done twice.
 */
export function redactAgain(event: AuditEvent, redactions: readonly Redaction[]): void {
  redact(
    event,
    redactions.filter(({ field, with: how }) => how !== 'hash' || !isHash(placeOf(event, field)?.value)),
  )
}

const isHash = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

type Node = Record<string, unknown>

function redactField(event: Node, redaction: Redaction): void {
  const place = placeOf(event, redaction.field)
  if (place === undefined) return
  const { holder, name, value } = place
  const replacement = typeof value === 'string' ? replaced(value, redaction) : undefined
  set(holder, name, replacement ?? (REQUIRED.includes(redaction.field) ? '' : undefined))
  const [part = '', ...rest] = redaction.field.split('.')
  if (replacement === undefined && (part === 'token' || part === ADDED)) dropEmpty(event, [part, ...rest])
  if (part === ADDED) return
  // The text may hold copies that the parsed record doesn't, such as the first of two members with one name.
  forgetRecordText(event as unknown as AuditEvent)
  const texts = hasMembers(value) ? Object.values(value) : [value]
  for (const text of texts)
    if (typeof text === 'string' && text !== '') replaceCopies(event, text, replacement)
}

/** Where a field is, if it is there. */
function placeOf(event: object, field: string): { holder: Node; name: string; value: unknown } | undefined {
  const path = field.split('.')
  const name = path.pop() ?? ''
  const holder = memberAt(event, path)
  const value = memberOf(holder, name)
  return hasMembers(holder) && value !== undefined ? { holder, name, value } : undefined
}

/** An object that lost its last member is absent. */
function dropEmpty(event: Node, path: readonly string[]): void {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const place = placeOf(event, path.slice(0, depth).join('.'))
    if (!hasMembers(place?.value) || Object.keys(place.value).length > 0) return
    delete place.holder[place.name]
  }
}

/** The text that takes the value's place; undefined when it is dropped. */
function replaced(value: string, redaction: Redaction): string | undefined {
  switch (redaction.with) {
    case 'drop':
      return undefined
    case 'mask':
      return redaction.field === 'sourceIp' || redaction.prefix !== undefined
        ? maskAddress(value, redaction.prefix)
        : maskText(value)
    case 'hash':
      return hashed(value, redaction.key)
    case 'truncate':
      return firstCharacters(value, redaction.keep ?? 0)
  }
}

function hashed(value: string, key: Secret | undefined): string {
  if (key === undefined) return hash('sha256', value)
  return createHmac('sha256', key.reveal()).update(value).digest('hex')
}

/** What a field was hashed to under each older key, the latest first, so that it can be searched for. */
export function formerHashes(event: AuditEvent, { field, olderKeys = [] }: Redaction): string[] {
  const value = placeOf(event, field)?.value
  return typeof value === 'string' ? olderKeys.map((key) => hashed(value, key)) : []
}

/** Every text and number at and below a value. */
function textsIn(value: unknown): string[] {
  const found: string[] = []
  const open = [value]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (hasMembers(node)) open.push(...Object.values(node).filter((child) => child !== undefined))
    else if (typeof node === 'number' || (typeof node === 'string' && node !== '')) found.push(String(node))
  }
  return found
}

/** Replaces copies inside `raw`, at any depth. A record that came as one text is dropped if it holds the value. */
function replaceCopies(event: Node, value: string, replacement: string | undefined): void {
  if (typeof event.raw === 'string' && event.raw.includes(value)) delete event.raw
  const open: unknown[] = [event.raw]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!hasMembers(node)) continue
    for (const [key, child] of Object.entries(node)) {
      if (hasMembers(child)) open.push(child)
      else if (String(child) === value || isRounded(child, value)) set(node, key, replacement)
    }
  }
}

/** Whether a number may have had more digits in the record's text than a double holds. */
function isRounded(child: unknown, value: string): boolean {
  return typeof child === 'number' && !Number.isSafeInteger(child) && child === Number(value)
}

function set(node: Node, key: string, value: string | undefined): void {
  if (value !== undefined) node[key] = value
  else if (Array.isArray(node)) node[Number(key)] = null
  else delete node[key]
}

/** Whole characters: never cuts a surrogate pair. */
function firstCharacters(text: string, count: number): string {
  let end = 0
  for (let kept = 0; kept < count && end < text.length; kept += 1) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}
