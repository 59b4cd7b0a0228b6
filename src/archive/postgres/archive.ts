/** An archive in PostgreSQL, which several processes may write to and read at the same time. */
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Connection } from '../../lib/http/http.ts'
import type { Secret } from '../../lib/secret.ts'
import type { EventQuery } from '../archive.ts'
import { type AskedArchive, askArchive } from '../asked.ts'
import { createLoader } from '../contents.ts'
import type { ArchiveDatabase } from '../database.ts'
import { textsOf } from '../facets.ts'
import { createFollowers, type Followers } from '../followers.ts'
import { type ArchiveDb, type Matches, type Part, withFacets } from '../query.ts'
import { createRetention } from '../retention.ts'
import type { Tables } from '../schema.ts'
import type { Selection } from '../selection.ts'
import type { StoredArchive } from '../stored-archive.ts'
import { append, appendNothing } from './append.ts'
import { checkDatabase } from './check-database.ts'
import { type Connections, createConnections } from './pool.ts'
import { dropDay } from './retention.ts'
import { ownText, storableText } from './stored-text.ts'
import { changing } from './transaction.ts'
import { dropTexts } from './unused-texts.ts'

interface PostgresArchiveOptions {
  /** `postgres://user:password@host/name`. */
  readonly database: Secret
  readonly tls: Connection['tls']
  /** Milliseconds. */
  readonly now: () => number
}

/** Connects, and makes the tables, when it is first used. Every method throws ArchiveFailure. */
export function createPostgresArchive({ database, tls, now }: PostgresArchiveOptions): StoredArchive {
  const connections = createConnections(database, tls)
  const { changed, wake } = createFollowers()
  const asked = asStored(askArchive(readFrom(connections, changed)))
  return {
    ...asked,
    async append(events, signal) {
      // The pool does not serve connections in the order in which they were asked for.
      await asked.started()
      const appended = await changing(connections, (client) => append(client, events, now()), signal)
      if (appended.added > 0) wake()
      return appended
    },
    dropBefore: createRetention({
      dropDay: (end) => changing(connections, (client) => dropDay(client, end, now())),
      dropTexts: (after) => changing(connections, (client) => dropTexts(client, after)),
    }),
    mayAppend: () => changing(connections, appendNothing),
    verify: () => checkDatabase(connections),
    async close() {
      await connections.close()
      wake()
    },
  }
}

/**
 * Queries use a text as the database stores it; answers give it as it was. A follower compares the events themselves.
 */
function asStored(archive: AskedArchive): AskedArchive {
  const stored = (query: EventQuery): EventQuery => {
    const texts = textsOf(query).map(([facet, text]) => [facet, storableText(text)])
    return { ...query, ...Object.fromEntries(texts) }
  }
  return {
    ...archive,
    page: (query, at, signal) => archive.page(stored(query), at, signal),
    read: (query, signal) => archive.read(stored(query), signal),
    async histogram(query, slice, signal) {
      const slices = await archive.histogram(stored(query), slice, signal)
      const own = (counts: Readonly<Record<string, number>>) =>
        Object.fromEntries(Object.entries(counts).map(([category, count]) => [ownText(category), count]))
      return slices.map(({ at, counts }) => ({ at, counts: own(counts) }))
    },
    async top(query, field, limit, signal) {
      const values = await archive.top(stored(query), field, limit, signal)
      return values.map((it) => ({ ...it, value: ownText(it.value) }))
    },
  }
}

function readFrom({ connect }: Connections, changed: Followers['changed']): ArchiveDatabase {
  const pool = { connect, end: async () => {} }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) })
  return {
    db,
    loader: () => createLoader(db),
    parts: async (selection) => [partOf(db, selection)],
    byUid: (uid) =>
      db.selectFrom('events').select(['key', 'entry', 'place']).where('uid', '=', uid).execute(),
    changed,
  }
}

function partOf(db: ArchiveDb, selection: Selection): Part {
  const { words } = selection
  // A word has only letters and digits, so there is nothing to escape.
  const match = words.map((word) => `'${word}':*`).join(' & ')
  const matches = () => {
    const all = withFacets(db.selectFrom('events') as unknown as Matches, selection)
    return words.length === 0 ? all : all.where(sql<boolean>`events.words @@ ${match}::tsquery`)
  }
  return { newest: Number.POSITIVE_INFINITY, key: sql`events.key`, matches }
}
