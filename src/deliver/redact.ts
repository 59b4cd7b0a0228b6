/**
 * Redaction: a field of the event is dropped, masked, hashed or truncated, and so is every text of `raw` that
 * equals it. Only whole values are found: `description` is prose that may name people, stacks and addresses,
 * so whoever must hide those there redacts `description` too.
 */
import { createHmac, hash } from 'node:crypto'
import type { Redaction } from '../config/config.ts'
import type { AuditEvent } from '../event.ts'
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
]
const REQUIRED = ['actor.login', 'actor.name', 'description']
/** Fields that hold more than a text can only be dropped. */
export const WHOLE_FIELDS: readonly string[] = ['token', 'target', 'raw']

/** What is wrong with a redaction, for the person who wrote it; undefined if nothing. */
export function checkRedaction(redaction: Redaction): string | undefined {
  const { field } = redaction
  if (field === 'uid' || field === 'timestamp' || field === 'time') {
    return `"${field}" can't be redacted: it is what makes the event the same event everywhere`
  }
  const whole = WHOLE_FIELDS.includes(field)
  if (!whole && !TEXT_FIELDS.includes(field) && !field.startsWith('raw.')) {
    return `"${field}" can't be redacted; fields that can: ${[...TEXT_FIELDS, ...WHOLE_FIELDS].join(', ')}, raw.<path>`
  }
  if (whole && redaction.with !== 'drop') return `"${field}" holds more than one text: it can only be dropped`
  if (redaction.with === 'truncate' && redaction.keep === undefined) {
    return `"truncate" of "${field}" needs "keep", the number of characters that stay`
  }
  return undefined
}

/** Changes the event it is given, which the caller owns. The redactions have passed {@link checkRedaction}. */
export function redact(event: AuditEvent, redactions: readonly Redaction[]): void {
  for (const redaction of redactions) redactField(event as unknown as Node, redaction)
}

type Node = Record<string, unknown>

function redactField(event: Node, redaction: Redaction): void {
  const path = redaction.field.split('.')
  const name = path.pop() ?? ''
  const holder = path.reduce<unknown>((node, key) => (isNode(node) ? own(node, key) : undefined), event)
  const value = isNode(holder) ? own(holder, name) : undefined
  if (!isNode(holder) || value === undefined) return
  const replacement = typeof value === 'string' ? replaced(value, redaction) : undefined
  set(holder, name, replacement ?? (REQUIRED.includes(redaction.field) ? '' : undefined))
  if (holder === event.token && Object.keys(holder).length === 0) delete event.token
  const texts = isNode(value) ? Object.values(value) : [value]
  for (const text of texts)
    if (typeof text === 'string' && text !== '') replaceCopies(event, text, replacement)
}

/** The text that takes the value's place; undefined when it is dropped. */
function replaced(value: string, redaction: Redaction): string | undefined {
  switch (redaction.with) {
    case 'drop':
      return undefined
    case 'mask':
      return redaction.field === 'sourceIp' ? maskAddress(value) : maskText(value)
    case 'hash':
      if (redaction.key === undefined) return hash('sha256', value)
      return createHmac('sha256', redaction.key.reveal()).update(value).digest('hex')
    case 'truncate':
      return firstCharacters(value, redaction.keep ?? 0)
  }
}

/** Copies inside `raw`, at any depth. A record that came as one text is dropped when it holds the value. */
function replaceCopies(event: Node, value: string, replacement: string | undefined): void {
  if (typeof event.raw === 'string' && event.raw.includes(value)) delete event.raw
  const open: unknown[] = [event.raw]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!isNode(node)) continue
    for (const [key, child] of Object.entries(node)) {
      if (isNode(child)) open.push(child)
      else if (String(child) === value) set(node, key, replacement)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}

function own(node: Node, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined
}

function set(node: Node, key: string, value: string | undefined): void {
  if (value !== undefined) node[key] = value
  else if (Array.isArray(node)) node[Number(key)] = null
  else delete node[key]
}

/** Whole characters: a surrogate pair isn't cut. */
function firstCharacters(text: string, count: number): string {
  let end = 0
  for (let kept = 0; kept < count && end < text.length; kept += 1) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}
