/** Which logins, addresses and names remain after retention: exactly those that an event still has. */
import { expect, it } from 'vitest'
import { TEXT_FACETS, textOf } from '../../src/archive/facets.ts'
import type { NewEvent, StoredArchive } from '../../src/archive/stored-archive.ts'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'
import { eventOf } from '../formats/sample-events.ts'
import { PATIENCE_MS } from '../patience.ts'
import { NOON } from './archive-samples.ts'

/** A place in which archives are opened one after another, as by successive processes. */
interface ArchivePlace {
  open(): StoredArchive
  /** The stored texts. */
  texts(): Promise<string[]>
  /** Bypasses the archive, as somebody with a database client does. */
  byHand(sql: string): Promise<unknown>
}

const DAY = 86_400
const soon = () => AbortSignal.timeout(PATIENCE_MS)

/** `place`: a new, empty one each time. `manyTexts`: inserts 25,000 texts that no event has. */
export function describeTexts(place: () => Promise<ArchivePlace>, manyTexts: string): void {
  it('forgets together with a day the texts that only its events had', async () => {
    const { open, texts } = await place()
    const archive = open()
    const [old, young] = [peopleOf(NOON - 2 * DAY, 'gone', 40), peopleOf(NOON, 'here', 40)]
    // Someone who occurs on both days, and texts that are in another column on the other day.
    const both = [eventWith(NOON - 2 * DAY, 'both', 'both'), eventWith(NOON, 'both', 'both')]
    const crossed = [eventWith(NOON - 2 * DAY, 'one', 'two'), eventWith(NOON, 'two', 'one')]
    await append(archive, [...old, ...young, ...both, ...crossed])
    expect(await archive.dropBefore(NOON)).toBe(42)
    const left = [...young, both[1], crossed[1]] as AuditEvent[]
    expect(await texts()).toEqual(textsOf(left))
    for (const { actor, target, sourceIp } of left) {
      const query = { login: actor.login, project: target?.project ?? '', address: sourceIp ?? '' }
      expect((await archive.page(query, { limit: 9 }, soon())).events).toHaveLength(1)
    }
    expect(await archive.top({}, 'login', 100, soon())).toHaveLength(42)
    await append(archive, old)
    expect((await archive.page({ login: 'gone7' }, { limit: 9 }, soon())).events).toHaveLength(1)
    expect(await archive.verify()).toMatchObject({ events: 82, faults: [] })
    await archive.close()
  })

  it('forgets what an earlier process left, however much', async () => {
    const { open, texts, byHand } = await place()
    const [events, later] = [peopleOf(NOON, 'here', 20), peopleOf(NOON, 'later', 1)]
    const before = open()
    await append(before, events)
    await byHand(manyTexts)
    await append(before, later)
    await before.close()
    const archive = open()
    expect(await archive.dropBefore(NOON)).toBe(0)
    expect(await texts()).toEqual(textsOf([...events, ...later]))
    expect((await archive.verify()).faults).toEqual([])
    await archive.close()
  })

  it('keeps the texts of events that come while it forgets', async () => {
    const { open, texts, byHand } = await place()
    const archive = open()
    const old = [3, 2, 1].map((day) => peopleOf(NOON - day * DAY, 'dana', 30))
    await append(archive, old.flat())
    await byHand(manyTexts)
    const young = Array.from({ length: 10 }, (_, at) => peopleOf(NOON + at, 'dana', 30))
    const dropping = archive.dropBefore(NOON)
    for (const events of young) await append(archive, events)
    expect(await dropping).toBe(90)
    expect(await texts()).toEqual(textsOf(young.flat()))
    const { events } = await archive.page({ login: 'dana29' }, { limit: 99 }, soon())
    expect(events).toHaveLength(young.length)
    expect(await archive.verify()).toMatchObject({ events: 300, faults: [] })
    await archive.close()
  })

  it('lets nobody else remove a text, before or after', async () => {
    const { open, byHand } = await place()
    const archive = open()
    await append(archive, [...peopleOf(NOON - DAY, 'gone', 2), ...peopleOf(NOON, 'here', 2)])
    const refused = async () => {
      for (const sql of ['DELETE FROM texts', "UPDATE texts SET text = 'x'"])
        await expect(byHand(sql), sql).rejects.toThrow('an archived event is never changed')
    }
    await refused()
    await archive.dropBefore(NOON)
    await refused()
    await archive.close()
  })
}

/** Each event has a login, an address, a project and a stack of its own. */
function peopleOf(timestamp: number, name: string, count: number): AuditEvent[] {
  return Array.from({ length: count }, (_, at) =>
    eventWith(timestamp, `${name}${at}`, `${name}-project${at}`, `2001:db8::${name}:${at}`),
  )
}

function eventWith(timestamp: number, login: string, project: string, sourceIp = '192.0.2.1'): AuditEvent {
  const event = eventOf({ event: 'Stack Created', timestamp, login, sourceIp })
  return { ...event, target: { type: 'stack', project, stack: `${project}-stack` } }
}

async function append(archive: StoredArchive, events: readonly AuditEvent[]): Promise<void> {
  const lines = events.map((event): NewEvent => {
    const { uid, timestamp } = event
    return { uid, timestamp, line: Buffer.from(native.encode(event)) }
  })
  expect(await archive.append(lines)).toEqual({ added: events.length, refused: new Map() })
}

/** Sorted, without duplicates. */
function textsOf(events: readonly AuditEvent[]): string[] {
  const all = events.flatMap((event) => TEXT_FACETS.map((facet) => textOf(event, facet)))
  return [...new Set(all)].filter((text) => text !== undefined).sort()
}
