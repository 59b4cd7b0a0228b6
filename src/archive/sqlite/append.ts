/** Appends to an archive in SQLite: entries, rows, words and tallies of a batch in one transaction. */
import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { messageOf } from '../../errors.ts'
import { parseNative } from '../../formats/native.ts'
import { linkEntry } from '../chain.ts'
import { ENTRY_EVENTS, packEntry } from '../entry.ts'
import { TEXT_FACETS, textOf } from '../facets.ts'
import { type EntryRow, type Facets, KEY_STEP, LAST_SECOND } from '../schema.ts'
import type { Appended, NewEvent } from '../stored-archive.ts'
import { wordsOfEvent } from '../words.ts'
import { createSeconds } from './seconds.ts'
import { createShards } from './shards.ts'
import { createTallies } from './tallies.ts'
import { termsOf } from './terms.ts'
import { createTexts } from './texts.ts'

interface Fresh {
  readonly key: number
  readonly line: Uint8Array
  readonly uid: Uint8Array
  readonly facets: Facets
  readonly words: ReadonlySet<string>
}

export type Append = (events: readonly NewEvent[], archivedAt: number) => Appended

export function createAppender(db: DatabaseSync): Append {
  const statements = {
    last: db.prepare('SELECT * FROM entries ORDER BY number DESC LIMIT 1'),
    entry: db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    payload: db.prepare('INSERT INTO payloads VALUES (?, ?)'),
    event: db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  }
  const texts = createTexts(db)
  const seconds = createSeconds(db)
  const shards = createShards(db)
  const tallies = createTallies(db)

  /** Those that are new, in the order of their keys. */
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

  function prepare({ uid: hex, timestamp, line }: NewEvent): Fresh | undefined {
    if (!/^[0-9a-f]{64}$/.test(hex)) throw new Unfit('its uid is not 64 hexadecimal characters')
    if (!(Number.isInteger(timestamp) && timestamp >= 0 && timestamp < LAST_SECOND))
      throw new Unfit(`its timestamp ${timestamp} is no second from 1970 to 2106`)
    const second = seconds.of(timestamp)
    const short = hex.slice(0, 32)
    if (second.uids.has(short)) return undefined
    if (second.next >= KEY_STEP) throw new Unfit(`the archive holds ${KEY_STEP} events of its second already`)
    const { facets, words } = described(line)
    second.uids.add(short)
    const key = timestamp * KEY_STEP + second.next++
    return { key, line, uid: Buffer.from(short, 'hex'), facets, words }
  }

  function described(line: Uint8Array): { facets: Facets; words: ReadonlySet<string> } {
    try {
      const event = parseNative(line)
      const facets: Record<string, number> = { severity: event.severity }
      for (const facet of TEXT_FACETS) {
        const text = textOf(event, facet)
        facets[facet] = text === undefined ? 0 : texts.idOf(text)
      }
      return { facets: facets as unknown as Facets, words: wordsOfEvent(event) }
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
      throw new Unfit(`it is no event in native format: ${messageOf(error)}`)
    }
  }

  function insert(fresh: readonly Fresh[], last: EntryRow | undefined, archivedAt: number): EntryRow {
    const blob = packEntry(fresh.map(({ line }) => line))
    const entry = linkEntry(last, {
      count: fresh.length,
      archived_at: archivedAt,
      oldest: Math.floor((fresh[0]?.key ?? 0) / KEY_STEP),
      newest: Math.floor((fresh.at(-1)?.key ?? 0) / KEY_STEP),
      payload_hash: createHash('sha256').update(blob).digest(),
    })
    const { number, base, count, archived_at, oldest, newest, payload_hash, hash } = entry
    statements.entry.run(number, base, count, archived_at, oldest, newest, payload_hash, hash)
    statements.payload.run(number, blob)
    fresh.forEach(({ key, uid, facets: it }, place) => {
      const [who, what] = [
        [it.organization, it.source, it.action, it.category],
        [it.operation, it.outcome, it.severity],
      ]
      statements.event.run(
        key,
        number,
        place,
        uid,
        ...who,
        ...what,
        it.login,
        it.address,
        it.project,
        it.stack,
      )
    })
    return entry
  }

  function append(events: readonly NewEvent[], archivedAt: number): Appended {
    const refused = new Map<number, string>()
    const fresh = sift(events, refused)
    let last = statements.last.get() as unknown as EntryRow | undefined
    for (let at = 0; at < fresh.length; at += ENTRY_EVENTS)
      last = insert(fresh.slice(at, at + ENTRY_EVENTS), last, archivedAt)
    if (fresh.length > 0) {
      shards.add(fresh.map(({ key, words, facets, uid }) => ({ key, terms: termsOf(words, facets, uid) })))
      tallies.add(fresh)
    }
    return { added: fresh.length, refused }
  }

  return (events, archivedAt) => {
    db.exec('BEGIN IMMEDIATE')
    try {
      const appended = append(events, archivedAt)
      db.exec('COMMIT')
      return appended
    } catch (error) {
      // What is remembered may be of rows that are not there any more.
      texts.forget()
      seconds.forget()
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

class Unfit extends Error {}
