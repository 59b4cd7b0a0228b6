/** An archive as a list in memory: the plain meaning of every query, to compare real archives with. */
import type { ArchivedEvent, EventQuery, TopField } from '../../src/archive/archive.ts'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import type { AuditEvent } from '../../src/event.ts'

export interface ModelEvent extends Omit<ArchivedEvent, 'archivedAt' | 'line'> {
  readonly event: AuditEvent
}

export function createModel() {
  let held: ModelEvent[] = []
  let next = 1
  const matching = (query: EventQuery) =>
    held
      .filter(({ event }) => matches(event, query))
      .sort((a, b) => b.timestamp - a.timestamp || b.sequence - a.sequence)
  return {
    append(batch: readonly NewEvent[]): number {
      const known = new Set(held.map(({ uid }) => uid))
      const fresh = batch
        .filter(({ uid }) => !known.has(uid) && known.add(uid))
        .sort((a, b) => a.timestamp - b.timestamp)
      for (const { uid, timestamp, line } of fresh)
        held.push({ sequence: next++, uid, timestamp, event: JSON.parse(Buffer.from(line).toString()) })
      return fresh.length
    },
    dropBefore(second: number): void {
      held = held.filter(({ timestamp }) => timestamp >= Math.floor(second / 86_400) * 86_400)
    },
    matching,
    histogram(query: EventQuery, slice: number) {
      const slices = new Map<number, Record<string, number>>()
      for (const { timestamp, event } of matching(query)) {
        const at = Math.floor(timestamp / slice) * slice
        const counts = slices.get(at) ?? {}
        counts[event.category] = (counts[event.category] ?? 0) + 1
        slices.set(at, counts)
      }
      return [...slices].map(([at, counts]) => ({ at, counts })).sort((a, b) => a.at - b.at)
    },
    /** All events, by value. */
    top(query: EventQuery, field: TopField) {
      const values = new Map<string, { count: number; failures: number }>()
      for (const { event } of matching(query)) {
        const value = fieldOf(event, field)
        if (value === undefined) continue
        const { count, failures } = values.get(value) ?? { count: 0, failures: 0 }
        const failed = event.outcome === 'failure' ? 1 : 0
        values.set(value, { count: count + 1, failures: failures + failed })
      }
      return values
    },
  }
}

function matches(event: AuditEvent, query: EventQuery): boolean {
  const { from, to, severity, text, login, project, stack, address, ...same } = query
  const equal = (wanted: string | undefined, value: string | undefined) =>
    wanted === undefined || wanted === value
  const words = wordsOf(textsOf(event).join(' '))
  const wanted = wordsOf(text ?? '')
  const isBlank = (it = '') => /^\s*$/.test(it)
  return (
    (from === undefined || event.timestamp >= from) &&
    (to === undefined || event.timestamp < to) &&
    (severity === undefined || event.severity >= severity) &&
    equal(login, event.actor.login) &&
    equal(project, event.target?.project) &&
    equal(stack, event.target?.stack) &&
    equal(address, event.sourceIp) &&
    Object.entries(same).every(([key, value]) => equal(value, event[key as 'action'])) &&
    (isBlank(text) || wanted.length > 0) &&
    wanted.every((start) => words.some((word) => word.startsWith(start)))
  )
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const {
    raw: _raw,
    uid: _uid,
    source: _source,
    operation: _operation,
    outcome: _outcome,
    time: _time,
    ...rest
  } = value as Record<string, unknown>
  const { type: _type, ...actor } = rest.actor as Record<string, unknown>
  const texts = { ...rest, actor: { ...actor, avatarUrl: '' } }
  return Object.values(texts).flatMap(function inner(it: unknown): string[] {
    if (typeof it === 'object' && it !== null) return Object.values(it).flatMap(inner)
    return typeof it === 'string' ? [it] : []
  })
}

/** Character by character: lower case, without accents; anything else ends a word. */
function wordsOf(text: string): string[] {
  const words = ['']
  for (const letter of text.normalize('NFKD').toLowerCase().normalize('NFKD')) {
    if (/^[\p{L}\p{N}]$/u.test(letter)) words.push((words.pop() ?? '') + (letter === 'ς' ? 'σ' : letter))
    else if (!/^\p{M}$/u.test(letter)) words.push('')
  }
  return words.filter((word) => word !== '')
}

function fieldOf(event: AuditEvent, field: TopField): string | undefined {
  if (field === 'login') return event.actor.login
  if (field === 'address') return event.sourceIp
  return field === 'stack' ? event.target?.stack : event[field]
}
