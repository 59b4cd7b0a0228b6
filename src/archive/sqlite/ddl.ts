/** The tables of an archive in SQLite, and the triggers that keep every event as it is. */
import { KEY_STEP } from '../schema.ts'

export const LAYOUT = 1
/** `PRAGMA application_id`: distinguishes an archive from other SQLite files. */
export const APPLICATION_ID = 0x61664152

export const TABLES = `
  CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE entries (number INTEGER PRIMARY KEY, base INTEGER NOT NULL, count INTEGER NOT NULL,
    archived_at INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL, payload_hash BLOB NOT NULL,
    hash BLOB NOT NULL);
  CREATE INDEX floors ON entries (oldest) WHERE count = 0;
  CREATE TABLE payloads (number INTEGER PRIMARY KEY, blob BLOB NOT NULL);
  CREATE TABLE events (key INTEGER PRIMARY KEY, entry INTEGER NOT NULL, place INTEGER NOT NULL, uid BLOB NOT NULL,
    organization INTEGER NOT NULL, source INTEGER NOT NULL, action INTEGER NOT NULL, category INTEGER NOT NULL,
    operation INTEGER NOT NULL, outcome INTEGER NOT NULL, severity INTEGER NOT NULL, login INTEGER NOT NULL,
    address INTEGER NOT NULL, project INTEGER NOT NULL, stack INTEGER NOT NULL);
  CREATE TABLE tallies (hour INTEGER NOT NULL, organization INTEGER NOT NULL, source INTEGER NOT NULL,
    action INTEGER NOT NULL, category INTEGER NOT NULL, operation INTEGER NOT NULL, outcome INTEGER NOT NULL,
    severity INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (hour, organization, source, action, category, operation, outcome, severity)) WITHOUT ROWID;
  CREATE TABLE day_tallies (field INTEGER NOT NULL, day INTEGER NOT NULL, organization INTEGER NOT NULL,
    source INTEGER NOT NULL, value INTEGER NOT NULL, count INTEGER NOT NULL, failures INTEGER NOT NULL,
    PRIMARY KEY (field, day, organization, source, value)) WITHOUT ROWID;
  CREATE TABLE shards (number INTEGER PRIMARY KEY, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
    events INTEGER NOT NULL);
`

const FLOOR = '(SELECT COALESCE(MAX(oldest), 0) FROM entries WHERE count = 0)'
const NEVER = "SELECT RAISE(ABORT, 'an archived event is never changed')"

export const TRIGGERS = [
  ...['texts', 'entries', 'payloads', 'events'].map(
    (table) => `CREATE TRIGGER ${table}_unchanged BEFORE UPDATE ON ${table} BEGIN ${NEVER}; END;`,
  ),
  keep('texts'),
  keep('entries'),
  `CREATE TRIGGER events_kept BEFORE DELETE ON events WHEN OLD.key >= ${KEY_STEP} * ${FLOOR}
    BEGIN ${NEVER}; END;`,
  `CREATE TRIGGER payloads_kept BEFORE DELETE ON payloads
    WHEN (SELECT newest FROM entries WHERE number = OLD.number) >= ${FLOOR} BEGIN ${NEVER}; END;`,
].join('\n')

/** Retention drops the trigger on `texts` and restores it in the transaction that removes unused texts. */
export function keep(table: 'texts' | 'entries'): string {
  return `CREATE TRIGGER ${table}_kept BEFORE DELETE ON ${table} BEGIN ${NEVER}; END;`
}

/**
 * The words and facets of a stretch of events, in the order of their keys. Each term is a word; there are no phrases. A
 * batch becomes one segment, and thirty-two segments are merged into one: merging a little with each batch costs more.
 */
export function shardTable(number: number): string {
  const name = `words_${number}`
  return `CREATE VIRTUAL TABLE ${name} USING fts5 (words, content = '', detail = none, columnsize = 0,
      tokenize = "ascii tokenchars '_'");
    INSERT INTO ${name} (${name}, rank) VALUES ('hashsize', 16777216), ('automerge', 0),
      ('crisismerge', 32)`
}

/** For a shard that will get no more events. */
export function settleShard(number: number): string {
  return `INSERT INTO words_${number} (words_${number}) VALUES ('optimize')`
}
