/** Every statement of the embedded store, prepared once. */
import type { DatabaseSync } from 'node:sqlite'

export function prepareStatements(db: DatabaseSync) {
  return {
    insertSource: db.prepare('INSERT OR IGNORE INTO sources (id) VALUES (?)'),
    sourceKey: db.prepare('SELECT key FROM sources WHERE id = ?'),
    loadSource: db.prepare('SELECT state FROM sources WHERE id = ?'),
    saveSource: db.prepare('UPDATE sources SET state = ? WHERE key = ?'),
    bounds: db.prepare(
      'SELECT log_start AS start, log_end AS end, log_bytes AS bytes FROM sources WHERE key = ?',
    ),
    growLog: db.prepare('UPDATE sources SET log_end = ?, log_bytes = log_bytes + ? WHERE key = ?'),
    shrinkLog: db.prepare('UPDATE sources SET log_start = ?, log_bytes = log_bytes - ? WHERE key = ?'),

    insertEntry: db.prepare('INSERT INTO entries (source, base, count, blob) VALUES (?, ?, ?, ?)'),
    readEntry: db.prepare(
      'SELECT base, count, blob FROM entries WHERE source = ? AND base <= ? ORDER BY base DESC LIMIT 1',
    ),
    trimmable: db.prepare(
      `SELECT COUNT(*) AS count, TOTAL(LENGTH(blob)) AS bytes, MAX(base + count) AS end
       FROM entries WHERE source = ? AND base + count <= ?`,
    ),
    dropEntries: db.prepare('DELETE FROM entries WHERE source = ? AND base + count <= ?'),

    addLedger: db.prepare(
      `INSERT INTO source_ledger (key, count, digest, uids) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, digest = add_digest(digest, excluded.digest),
         uids = join_uids(uids, excluded.uids)`,
    ),
    ledger: db.prepare(
      'SELECT key - ? AS minute, count, digest, uids FROM source_ledger WHERE key BETWEEN ? AND ? ORDER BY key',
    ),
    ledgerDays: db.prepare(
      `SELECT (key - CAST(? AS INTEGER)) / 1440 AS day, SUM(count) AS events FROM source_ledger
       WHERE key BETWEEN ? AND ? GROUP BY day ORDER BY day`,
    ),
    ledgerBefore: db.prepare(
      'SELECT MAX(key) - ? AS minute FROM source_ledger WHERE key >= ? AND key < ? HAVING minute NOT NULL',
    ),
    pruneUids: db.prepare(
      'UPDATE source_ledger SET uids = NULL WHERE key >= ? AND key < ? AND uids NOT NULL',
    ),
    pruneMinutes: db.prepare('DELETE FROM source_ledger WHERE key >= ? AND key < ?'),

    insertQuarantine: db.prepare(
      'INSERT OR IGNORE INTO quarantine (source, id, at, reason, bytes) VALUES (?, ?, ?, ?, ?)',
    ),
    quarantine: db.prepare(
      'SELECT id, at, reason, bytes FROM quarantine WHERE source = ? ORDER BY at DESC LIMIT ?',
    ),
    countQuarantined: db.prepare('SELECT COUNT(*) AS count FROM quarantine WHERE source = ?'),

    loadLane: db.prepare('SELECT state FROM lanes WHERE sink = ?'),
    saveLane: db.prepare(
      'INSERT INTO lanes (sink, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
    ),
    addSinkLedger: db.prepare(
      `INSERT INTO sink_ledger (sink, source, minute, delivered, filtered, dead_lettered, digest, replayed, first_settled, last_settled)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         first_settled = CASE WHEN excluded.first_settled IS NULL THEN first_settled ELSE MIN(first_settled, excluded.first_settled) END,
         last_settled = CASE WHEN excluded.last_settled IS NULL THEN last_settled ELSE MAX(last_settled, excluded.last_settled) END,
         delivered = delivered + excluded.delivered, filtered = filtered + excluded.filtered,
         dead_lettered = dead_lettered + excluded.dead_lettered, replayed = replayed + excluded.replayed, digest = add_digest(digest, excluded.digest)`,
    ),
    sinkLedger: db.prepare(
      `SELECT minute, delivered, filtered, dead_lettered, digest, replayed, first_settled, last_settled FROM sink_ledger
       WHERE sink = ? AND source = ? AND minute BETWEEN ? AND ? ORDER BY minute`,
    ),
    sinkLedgerDays: db.prepare(
      `SELECT minute / 1440 AS day, SUM(delivered) AS delivered, SUM(filtered) AS filtered, SUM(dead_lettered) AS deadLettered
       FROM sink_ledger WHERE sink = ? AND source = ? AND minute BETWEEN ? AND ? GROUP BY day ORDER BY day`,
    ),
    // Goes through the lanes: each sink's rows are found by the primary key, and every sink that settled has a lane.
    pruneSinkMinutes: db.prepare(
      'DELETE FROM sink_ledger WHERE sink IN (SELECT sink FROM lanes) AND source = ? AND minute < ?',
    ),
    putDeadLetter: db.prepare('INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    dropDeadLetter: db.prepare('DELETE FROM dead_letters WHERE id = ?'),
    countDeadLetters: db.prepare('SELECT COUNT(*) AS count FROM dead_letters WHERE sink = ? AND state = ?'),
  }
}
