/** The tables of an archive in PostgreSQL, and the triggers that keep every event as it is. */
import { type Facets, KEY_STEP } from '../schema.ts'

export const LAYOUT = 1
/** A schema of its own, because the names of the tables are common ones. */
export const SCHEMA = 'auditferry_archive'

/** Columns of `events`, in the order of the table. */
export const FACET_NAMES: readonly (keyof Facets)[] = [
  'organization',
  'source',
  'action',
  'category',
  'operation',
  'outcome',
  'severity',
  'login',
  'address',
  'project',
  'stack',
]
const COLUMNS = FACET_NAMES.map((name) => `${name} bigint NOT NULL`)

/** A text may be too long for an ordered index, and is only compared for equality. The only writer keeps it unique. */
export const TABLES = `
  CREATE TABLE layout (version bigint NOT NULL);
  INSERT INTO layout VALUES (${LAYOUT});
  CREATE TABLE texts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL);
  CREATE INDEX texts_text ON texts USING hash (text);
  CREATE TABLE entries (number bigint PRIMARY KEY, base bigint NOT NULL, count bigint NOT NULL,
    archived_at bigint NOT NULL, oldest bigint NOT NULL, newest bigint NOT NULL, payload_hash bytea NOT NULL,
    hash bytea NOT NULL);
  CREATE INDEX floors ON entries (oldest) WHERE count = 0;
  CREATE TABLE payloads (number bigint PRIMARY KEY, blob bytea NOT NULL);
  ALTER TABLE payloads ALTER COLUMN blob SET STORAGE EXTERNAL;
  CREATE TABLE events (key bigint PRIMARY KEY, entry bigint NOT NULL, place bigint NOT NULL, uid bytea NOT NULL UNIQUE,
    ${COLUMNS.join(', ')}, words tsvector NOT NULL);
  CREATE INDEX events_words ON events USING gin (words) WITH (fastupdate = on);
  ${['action', 'login', 'address', 'stack', 'project'].map((name) => `CREATE INDEX events_${name} ON events (${name}, key);`).join('\n  ')}
  CREATE TABLE tallies (hour bigint, organization bigint, source bigint, action bigint, category bigint,
    operation bigint, outcome bigint, severity bigint, count bigint NOT NULL,
    PRIMARY KEY (hour, organization, source, action, category, operation, outcome, severity));
  CREATE TABLE day_tallies (field bigint, day bigint, organization bigint, source bigint, value bigint,
    count bigint NOT NULL, failures bigint NOT NULL, PRIMARY KEY (field, day, organization, source, value));
`

const FLOOR = '(SELECT COALESCE(MAX(oldest), 0) FROM entries WHERE count = 0)'
const NEVER = "RAISE EXCEPTION 'an archived event is never changed'"
const SETTINGS = `LANGUAGE plpgsql SET search_path = ${SCHEMA}`

/** Per statement, not per row, because retention drops a day at once. */
export const TRIGGERS = `
  CREATE FUNCTION never() RETURNS trigger ${SETTINGS} AS $$ BEGIN ${NEVER}; END $$;
  CREATE FUNCTION events_floor() RETURNS trigger ${SETTINGS} AS $$ BEGIN
    IF EXISTS (SELECT FROM gone WHERE key >= ${KEY_STEP} * ${FLOOR}) THEN ${NEVER}; END IF; RETURN NULL; END $$;
  CREATE FUNCTION payloads_floor() RETURNS trigger ${SETTINGS} AS $$ BEGIN
    IF EXISTS (SELECT FROM gone JOIN entries USING (number) WHERE newest >= ${FLOOR}) THEN ${NEVER}; END IF;
    RETURN NULL; END $$;
  ${['texts', 'entries', 'payloads', 'events'].map(unchanged).join('\n  ')}
  ${['texts', 'entries'].map((table) => trigger(table, 'kept', 'BEFORE DELETE')).join('\n  ')}
  ${['payloads', 'events'].map(floored).join('\n  ')}
`

function unchanged(table: string): string {
  return trigger(table, 'unchanged', 'BEFORE UPDATE OR TRUNCATE')
}

function trigger(table: string, name: string, when: string): string {
  return `CREATE TRIGGER ${table}_${name} ${when} ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION never();`
}

function floored(table: string): string {
  return `CREATE TRIGGER ${table}_kept AFTER DELETE ON ${table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION ${table}_floor();`
}
