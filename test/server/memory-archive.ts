/** The contract of an archive over a plain array. */
import { EventEmitter, on } from 'node:events'
import type { Archive, ArchivedEvent, EventQuery, TopField } from '../../src/archive/archive.ts'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'

export interface MemoryArchive extends Archive {
  add(...events: readonly AuditEvent[]): void
  /** Those who follow it now. */
  followers(): number
}

export function createMemoryArchive(): MemoryArchive {
  const all: (ArchivedEvent & { readonly event: AuditEvent })[] = []
  const news = new EventEmitter()
  const matching = (query: EventQuery) =>
    all
      .filter(({ event }) => matches(event, query))
      .sort((a, b) => b.timestamp - a.timestamp || b.sequence - a.sequence)

  return {
    add(...events) {
      for (const event of events) {
        const line = Buffer.from(native.encode(event))
        const { uid, timestamp } = event
        all.push({
          sequence: all.length + 1,
          uid,
          timestamp,
          archivedAt: timestamp * 1000 + 60_000,
          line,
          event,
        })
      }
      news.emit('news', all.slice(-events.length))
    },
    followers: () => news.listenerCount('news'),
    async page(query, { limit, cursor }) {
      if (cursor !== undefined && !/^\d+\.\d+$/.test(cursor)) throw new RangeError('not a cursor')
      const [second = Infinity, sequence = Infinity] = cursor?.split('.').map(Number) ?? []
      const left = matching(query).filter(
        (it) => it.timestamp < second || (it.timestamp === second && it.sequence < sequence),
      )
      const events = left.slice(0, limit)
      const last = events.at(-1)
      const next = left.length > limit ? `${last?.timestamp}.${last?.sequence}` : undefined
      return { events, next }
    },
    async *read(query) {
      const found = matching(query)
      for (let at = 0; at < found.length; at += 100) yield found.slice(at, at + 100)
    },
    find: async (uid) => all.find((it) => it.uid === uid),
    async *follow(query, signal) {
      for await (const [added] of on(news, 'news', { signal })) {
        yield (added as typeof all).filter(({ event }) => matches(event, query))
      }
    },
    async histogram(query, slice) {
      const slices = new Map<number, Record<string, number>>()
      for (const { event } of matching(query)) {
        const at = Math.floor(event.timestamp / slice) * slice
        const counts = slices.get(at) ?? {}
        slices.set(at, counts)
        counts[event.category] = (counts[event.category] ?? 0) + 1
      }
      return [...slices].map(([at, counts]) => ({ at, counts })).sort((a, b) => a.at - b.at)
    },
    async top(query, field, limit) {
      const values = new Map<string, { count: number; failures: number }>()
      for (const { event } of matching(query)) {
        const value = VALUES[field](event)
        if (value === undefined) continue
        const { count, failures } = values.get(value) ?? { count: 0, failures: 0 }
        values.set(value, {
          count: count + 1,
          failures: failures + (event.outcome === 'failure' ? 1 : 0),
        })
      }
      const sorted = [...values].sort((a, b) => b[1].count - a[1].count)
      return sorted.slice(0, limit).map(([value, counts]) => ({ value, ...counts }))
    },
    async extent() {
      const times = all.map(({ timestamp }) => timestamp)
      const [oldest, newest] = times.length === 0 ? [] : [Math.min(...times), Math.max(...times)]
      return { events: all.length, oldest, newest }
    },
  }
}

const VALUES: Record<TopField, (event: AuditEvent) => string | undefined> = {
  login: ({ actor }) => actor.login,
  action: ({ action }) => action,
  category: ({ category }) => category,
  address: ({ sourceIp }) => sourceIp,
  stack: ({ target }) => target?.stack,
}

function matches(event: AuditEvent, query: EventQuery): boolean {
  const { from = 0, to = Infinity, severity = 0, text = '' } = query
  const exact: [unknown, unknown][] = [
    [query.organization, event.organization],
    [query.source, event.source],
    [query.login, event.actor.login],
    [query.action, event.action],
    [query.category, event.category],
    [query.operation, event.operation],
    [query.outcome, event.outcome],
    [query.project, event.target?.project],
    [query.stack, event.target?.stack],
    [query.address, event.sourceIp],
  ]
  return (
    event.timestamp >= from &&
    event.timestamp < to &&
    event.severity >= severity &&
    exact.every(([wanted, value]) => wanted === undefined || wanted === value) &&
    text.split(/\s+/).every((word) => JSON.stringify(event).includes(word))
  )
}
