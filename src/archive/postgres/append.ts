/** Appends to an archive in PostgreSQL: entries, rows and tallies of a batch in one transaction. */
import { createHash } from 'node:crypto'
import { linkEntry } from '../chain.ts'
import { createPacker, inEntries } from '../entry.ts'
import { type EntryRow, KEY_STEP } from '../schema.ts'
import type { Appended, NewEvent } from '../stored-archive.ts'
import { CROWDED } from '../unfit.ts'
import { type Described, describeAll } from './describe.ts'
import type { Client } from './pool.ts'
import { EVENT_COLUMNS, type NumberedEvent } from './rows.ts'
import { addTallies } from './tallies.ts'
import { numberTexts } from './texts.ts'

export async function append(
  client: Client,
  events: readonly NewEvent[],
  archivedAt: number,
): Promise<Appended> {
  const { described, refused } = describeAll(events)
  const fresh = await unknownOf(client, described)
  if (fresh.length === 0) return { added: 0, refused }
  const keyed = await giveKeys(client, fresh, refused)
  const numbered = await numberTexts(client, keyed)
  const found = await client.query<EntryRow>('SELECT * FROM entries ORDER BY number DESC LIMIT 1')
  let last = found.rows[0]
  const parts = inEntries(numbered)
  const blobs = await createPacker()(parts.map((part) => part.map(({ line }) => line)))
  for (const [index, part] of parts.entries()) {
    last = await insertEntry(client, part, blobs[index] as Uint8Array, last, archivedAt)
  }
  await addTallies(client, numbered)
  return { added: numbered.length, refused }
}

/** Fails as an append would for want of rights, or on a server that takes no writes. */
export async function appendNothing(client: Client): Promise<void> {
  for (const table of ['entries', 'events'])
    await client.query(`INSERT INTO ${table} SELECT * FROM ${table} WHERE false`)
}

/** The events that the archive lacks, each once, in the order of their seconds. */
async function unknownOf(client: Client, described: readonly Described[]): Promise<Described[]> {
  const byUid = new Map(described.map((event) => [event.uid.toString('hex'), event]))
  const uids = [...byUid.values()].map(({ uid }) => uid)
  const known = await client.query<{ uid: Buffer }>('SELECT uid FROM events WHERE uid = ANY($1::bytea[])', [
    uids,
  ])
  for (const { uid } of known.rows) byUid.delete(uid.toString('hex'))
  return [...byUid.values()].sort((a, b) => a.timestamp - b.timestamp)
}

export type Keyed = Described & { readonly key: number }

async function giveKeys(
  client: Client,
  events: readonly Described[],
  refused: Map<number, string>,
): Promise<Keyed[]> {
  const seconds = [...new Set(events.map(({ timestamp }) => timestamp))]
  const { rows } = await client.query<{ second: number; key: number | null }>(
    `SELECT second, (SELECT max(key) FROM events WHERE key >= second * ${KEY_STEP} AND key < (second + 1) * ${KEY_STEP}) AS key
     FROM unnest($1::bigint[]) AS second`,
    [seconds],
  )
  const next = new Map(rows.map(({ second, key }) => [second, (key ?? second * KEY_STEP - 1) + 1]))
  return events.flatMap((event) => {
    const key = next.get(event.timestamp) ?? 0
    if (key >= (event.timestamp + 1) * KEY_STEP) {
      refused.set(event.index, CROWDED)
      return []
    }
    next.set(event.timestamp, key + 1)
    return [{ ...event, key }]
  })
}

async function insertEntry(
  client: Client,
  events: readonly NumberedEvent[],
  blob: Uint8Array,
  last: EntryRow | undefined,
  archivedAt: number,
): Promise<EntryRow> {
  const entry = linkEntry(last, {
    count: events.length,
    archived_at: archivedAt,
    oldest: events[0]?.timestamp ?? 0,
    newest: events.at(-1)?.timestamp ?? 0,
    payload_hash: createHash('sha256').update(blob).digest(),
  })
  await insertLink(client, entry)
  await client.query('INSERT INTO payloads VALUES ($1, $2)', [entry.number, Buffer.from(blob)])
  const columns = EVENT_COLUMNS.map(({ of }) => events.map((event, place) => of(event, entry.number, place)))
  await client.query(INSERT_EVENTS, columns)
  return entry
}

const PARAMETERS = EVENT_COLUMNS.map(({ type }, at) => `$${at + 1}::${type}[]`).join(', ')
const NAMES = EVENT_COLUMNS.map(({ name }) => name).join(', ')
/** Words are lexemes already, so that no parser of PostgreSQL divides them differently. */
const VALUES = EVENT_COLUMNS.map(({ name }) =>
  name === 'words' ? "array_to_tsvector(string_to_array(words, ' '))" : name,
)
const INSERT_EVENTS = `INSERT INTO events (${NAMES}) SELECT ${VALUES.join(', ')} FROM unnest(${PARAMETERS}) AS it (${NAMES})`

export async function insertLink(client: Client, entry: EntryRow): Promise<void> {
  const { number, base, count, archived_at, oldest, newest, payload_hash, hash } = entry
  await client.query('INSERT INTO entries VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
    number,
    base,
    count,
    archived_at,
    oldest,
    newest,
    Buffer.from(payload_hash),
    Buffer.from(hash),
  ])
}
