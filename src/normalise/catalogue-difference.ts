/** Compares the embedded catalogue with the server's own list of event types. Pure. */
import type { EventType } from '../connector.ts'
import { type CatalogueEntry, catalogue } from './catalogue.ts'

export interface CatalogueDifference {
  /** How many ids the server lists, and how many are embedded. */
  readonly listed: number
  readonly known: number
  /** What the embedded catalogue lacks: such events are passed on as unknown ones. */
  readonly new: readonly EventType[]
  readonly changed: readonly Change[]
  /** Embedded ids that the server no longer lists, but old events still have. */
  readonly gone: readonly string[]
}

interface Change {
  readonly event: string
  /** As the server calls it. */
  readonly member: string
  readonly here: string
  readonly there: string
}

export function differenceTo(
  listed: readonly EventType[],
  known: readonly CatalogueEntry[] = catalogue,
): CatalogueDifference {
  const here = new Map(known.map((entry) => [entry.event, entry]))
  const there = new Set(listed.map(({ event }) => event))
  return {
    listed: there.size,
    known: known.length,
    new: listed.filter(({ event }) => !here.has(event)),
    changed: listed.flatMap((type) => changesOf(type, here.get(type.event))),
    gone: known.map(({ event }) => event).filter((event) => !there.has(event)),
  }
}

function changesOf(type: EventType, entry: CatalogueEntry | undefined): Change[] {
  if (entry === undefined) return []
  const members: readonly [string, string, string][] = [
    ['displayName', entry.name, type.name === '' ? entry.name : type.name],
    ['requiresOrgAdmin', `${entry.requiresOrgAdmin ?? false}`, `${type.requiresOrgAdmin}`],
    ['requiresStackAdmin', `${entry.requiresStackAdmin ?? false}`, `${type.requiresStackAdmin}`],
    ['authenticationFailure', `${entry.failure === 'flag'}`, `${type.authenticationFailure}`],
    ['deprecated', `${entry.deprecated ?? false}`, `${type.deprecated}`],
    ['replacedBy', entry.replacedBy ?? '', type.replacedBy],
  ]
  return members
    .filter(([, here, there]) => here !== there)
    .map(([member, here, there]) => ({ event: type.event, member, here, there }))
}
