/** Appends to an archive in SQLite: entries, rows, words and tallies of a batch in one transaction. */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { refuseDisplaced } from '../../lib/sqlite/place.ts'
import { linkEntry } from '../chain.ts'
import { createPacker, inEntries } from '../entry.ts'
import { type EntryRow, type Facets, KEY_STEP, secondOf } from '../schema.ts'
import type { Appended, NewEvent } from '../stored-archive.ts'
import { CROWDED, unfitOf, unreadable } from '../unfit.ts'
import { createDescriber, type Described } from './describe.ts'
import { displaced } from './open.ts'
import { createSeconds } from './seconds.ts'
import { createShards } from './shards.ts'
import { createTallies } from './tallies.ts'
import { uidTerm } from './terms.ts'
import { createTexts } from './texts.ts'

interface Fresh {
  readonly key: number
  readonly line: Uint8Array
  readonly uid: Uint8Array
  readonly facets: Facets
  readonly terms: string
}

interface Appender {
  /** One call at a time. */
  append(events: readonly NewEvent[], archivedAt: number): Promise<Appended>
  /** Clears what is remembered, because it may describe rows that no longer exist. */
  forget(): void
}

export function createAppender(db: DatabaseSync): Appender {
  const statements = {
    last: db.prepare('SELECT * FROM entries ORDER BY number DESC LIMIT 1'),
    entry: db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    payload: db.prepare('INSERT INTO payloads VALUES (?, ?)'),
    event: db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  }
  const pack = createPacker(true)
  const texts = createTexts(db)
  const { describe, forget: forgetParts } = createDescriber(texts.idOf)
  const seconds = createSeconds(db)
  const shards = createShards(db)
  const tallies = createTallies(db)

  /** The events that are new, in the order of their keys. */
  function sift(events: readonly NewEvent[], refused: Map<number, string>): Fresh[] {
    const sorted = events
      .map((event, index) => ({ event, index }))
      .sort((a, b) => a.event.timestamp - b.event.timestamp)
    const fresh: Fresh[] = []
    for (const { event, index } of sorted) {
      try {
        const made = prepare(event)
        if (made !== undefined) fresh.push(made)
      } catch (error) {
        if (!(error instanceof Unfit)) throw error
        refused.set(index, error.message)
      }
    }
    return fresh
  }

  function prepare(given: NewEvent): Fresh | undefined {
    const unfit = unfitOf(given)
    if (unfit !== undefined) throw new Unfit(unfit)
    const { uid: hex, timestamp, line } = given
    const second = seconds.of(timestamp)
    const short = hex.slice(0, 32)
    if (second.uids.has(short)) return undefined
    if (second.next >= KEY_STEP) throw new Unfit(CROWDED)
    const uid = Buffer.from(short, 'hex')
    const { facets, terms } = describedOrUnfit(line)
    seconds.add(second, short)
    const key = timestamp * KEY_STEP + second.next++
    return { key, line, uid, facets, terms: `${uidTerm(short)} ${terms}` }
  }

  function describedOrUnfit(line: Uint8Array): Described {
    try {
      return describe(line)
    } catch (error) {
      throw new Unfit(unreadable(error))
    }
  }

  function insertRows(fresh: readonly Fresh[], entry: number): void {
    fresh.forEach(({ key, uid, facets: it }, place) => {
      statements.event.run(
        key,
        entry,
        place,
        uid,
        it.organization,
        it.source,
        it.action,
        it.category,
        it.operation,
        it.outcome,
        it.severity,
        it.login,
        it.address,
        it.project,
        it.stack,
      )
    })
  }

  function insertEntry(fresh: readonly Fresh[], blob: Uint8Array, last: EntryRow | undefined, at: number) {
    const entry = linkEntry(last, {
      count: fresh.length,
      archived_at: at,
      oldest: secondOf(fresh[0]?.key ?? 0),
      newest: secondOf(fresh.at(-1)?.key ?? 0),
      payload_hash: hash('sha256', blob, 'buffer'),
    })
    const { number, base, count, archived_at, oldest, newest, payload_hash } = entry
    statements.entry.run(number, base, count, archived_at, oldest, newest, payload_hash, entry.hash)
    statements.payload.run(number, blob)
    return entry
  }

  async function append(events: readonly NewEvent[], archivedAt: number): Promise<Appended> {
    const refused = new Map<number, string>()
    seconds.stored()
    const fresh = sift(events, refused)
    if (fresh.length === 0) return { added: 0, refused }
    const parts = inEntries(fresh)
    const packed = pack(parts.map((part) => part.map(({ line }) => line)))
    packed.catch(() => undefined)
    let last = statements.last.get() as unknown as EntryRow | undefined
    const first = (last?.number ?? 0) + 1
    for (const [index, part] of parts.entries()) insertRows(part, first + index)
    shards.add(fresh)
    tallies.add(fresh)
    const blobs = await packed
    for (const [index, part] of parts.entries())
      last = insertEntry(part, blobs[index] as Uint8Array, last, archivedAt)
    return { added: fresh.length, refused }
  }

  const forget = () => {
    texts.forget()
    forgetParts()
    seconds.forget()
  }
  return {
    async append(events, archivedAt) {
      db.exec('BEGIN IMMEDIATE')
      try {
        const appended = await append(events, archivedAt)
        refuseDisplaced(db, displaced)
        db.exec('COMMIT')
        return appended
      } catch (error) {
        forget()
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    forget,
  }
}

class Unfit extends Error {}
