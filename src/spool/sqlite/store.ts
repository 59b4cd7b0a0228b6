/**
 * The embedded store: one SQLite file in WAL mode, each commit flushed before it is reported, one compressed blob per
 * append.
 */
import type { SQLInputValue } from 'node:sqlite'
import type { LaneState } from '../lane-state.ts'
import { DAY_MINUTES, type LedgerDay, type SinkLedgerDay } from '../ledger-day.ts'
import type { LeftLane } from '../left-lane.ts'
import type { SourceState } from '../source-state.ts'
import type { Append, DeadLetter, DeadLetterQuery, Settlement, Store } from '../store.ts'
import { alone } from './alone.ts'
import { deadLetterPage, selection } from './dead-letter-queries.ts'
import { createDurable } from './durable.ts'
import { createLeftLanes } from './left-lanes.ts'
import { minuteKey, openDatabase } from './open.ts'
import { createPauses } from './pauses.ts'
import { deadLetterRow, entryRow, ledgerRow, quarantineRow, sinkLedgerRow } from './rows.ts'
import { prepareStatements } from './statements.ts'
import { createTrail } from './trail.ts'

export function openSqliteStore(folder: string): Store {
  const db = openDatabase(folder)
  const { write, writeSoon, close } = createDurable(db)
  const sql = prepareStatements(db)
  const keys = new Map<string, number>()
  const leftLanes = createLeftLanes(db)

  /**
   * The small number that stands for a source in the big tables. Must not be called inside a transaction: a number that
   * is rolled back must not stay known here.
   */
  const keyOf = (source: string): number => {
    const known = keys.get(source)
    if (known !== undefined) return known
    sql.insertSource.run(source)
    const { key } = sql.sourceKey.get(source) as { key: number }
    keys.set(source, key)
    return key
  }

  const boundsOf = (source: number) => ({
    ...(sql.bounds.get(source) as { start: number; end: number; bytes: number }),
  })

  const append = (source: number, it: Append) => {
    if (it.entry !== undefined) {
      const { end } = boundsOf(source)
      if (it.entry.base !== end)
        throw new Error(`append at offset ${it.entry.base} to a log that ends at ${end}`)
      sql.insertEntry.run(source, it.entry.base, it.entry.count, it.entry.blob)
      sql.growLog.run(it.entry.base + it.entry.count, it.entry.blob.byteLength, source)
    }
    for (const minute of it.ledger) {
      const { count, digest, uids = null } = minute
      sql.addLedger.run(minuteKey(source, minute.minute), count, digest, uids)
    }
    let quarantined = 0
    for (const record of it.quarantined) {
      quarantined += Number(
        sql.insertQuarantine.run(source, record.id, record.at, record.reason, record.bytes).changes,
      )
    }
    sql.saveSource.run(JSON.stringify(it.state), source)
    return { quarantined }
  }

  const putLetter = (letter: DeadLetter) => {
    const { id, sink, source, uid, at, attempts, reason, answer, state, event } = letter
    sql.putDeadLetter.run(id, sink, source, uid, at, attempts, reason, answer, state, event)
  }

  const settle = (it: Settlement) => {
    sql.saveLane.run(it.sink, JSON.stringify(it.state))
    for (const minute of it.ledger) {
      const { source, delivered, filtered, deadLettered, digest, replayed = 0, settled } = minute
      sql.addSinkLedger.run(
        it.sink,
        source,
        minute.minute,
        delivered,
        filtered,
        deadLettered,
        digest,
        replayed,
        settled?.first ?? null,
        settled?.last ?? null,
      )
    }
    it.deadLettered.forEach(putLetter)
    for (const id of it.redelivered) sql.dropDeadLetter.run(id)
  }

  const trim = (source: number, offset: number) => {
    const { count, bytes, end } = sql.trimmable.get(source, offset) as {
      count: number
      bytes: number
      end: number
    }
    if (count === 0) return
    sql.dropEntries.run(source, offset)
    sql.shrinkLog.run(end, bytes, source)
  }

  const change = (verb: string, query: DeadLetterQuery) => {
    const { where, values } = selection(query)
    return write(() => Number(db.prepare(`${verb} ${where}`).run(...(values as SQLInputValue[])).changes))
  }

  return {
    runtime: 'embedded',
    ...alone(),
    ...createTrail(db, write),
    ...createPauses(db, write),
    loadSource: async (source) => parsed<SourceState>(sql.loadSource.get(source)),
    async append(it) {
      const source = keyOf(it.source)
      return write(() => append(source, it))
    },
    async ledger(source, from, to) {
      const at = (minute: number) => minuteKey(keyOf(source), minute)
      return sql.ledger.all(at(0), at(from), at(to)).map(ledgerRow)
    },
    async ledgerDays(source, from, to) {
      const at = (minute: number) => minuteKey(keyOf(source), minute)
      const rows = sql.ledgerDays.all(at(0), at(from * DAY_MINUTES), at((to + 1) * DAY_MINUTES - 1))
      return rows.map((row) => ({ ...(row as unknown as LedgerDay) }))
    },
    async ledgerMinuteBefore(source, minute) {
      const at = (minute: number) => minuteKey(keyOf(source), minute)
      const row = sql.ledgerBefore.get(at(0), at(-Infinity), at(minute)) as { minute: number } | undefined
      return row?.minute
    },
    async pruneLedger(source, uidsBefore, countsBefore) {
      const key = keyOf(source)
      const oldest = minuteKey(key, -Infinity)
      writeSoon(() => {
        sql.pruneUids.run(oldest, minuteKey(key, uidsBefore))
        sql.pruneMinutes.run(oldest, minuteKey(key, countsBefore))
        sql.pruneSinkMinutes.run(source, countsBefore)
      })
    },
    bounds: async (source) => boundsOf(keyOf(source)),
    readEntry: async (source, offset) => entryRow(sql.readEntry.get(keyOf(source), offset), offset),
    async trim(source, offset, sinks = [], disabled = []) {
      const key = keyOf(source)
      return writeSoon(() => {
        const left = leftLanes.look({ id: source, key }, boundsOf(key), [...sinks, ...disabled])
        const isOver = ({ until }: LeftLane) => until <= Date.now()
        trim(key, Math.min(offset, ...left.map((lane) => (isOver(lane) ? offset : lane.place))))
        const { start } = boundsOf(key)
        const gone = left.filter((lane) => isOver(lane) && lane.place < start)
        return gone.map(({ sink, end, until }) => ({ sink, end, until }))
      })
    },
    leftLanes: async (source) => leftLanes.noted(keyOf(source)),
    loadLane: async (sink) => parsed<LaneState>(sql.loadLane.get(sink)),
    settle: async (settlements) => write(() => settlements.forEach(settle)),
    sinkLedger: async (sink, source, from, to) =>
      sql.sinkLedger.all(sink, source, from, to).map(sinkLedgerRow),
    sinkLedgerDays: async (sink, source, from, to) =>
      sql.sinkLedgerDays
        .all(sink, source, from * DAY_MINUTES, (to + 1) * DAY_MINUTES - 1)
        .map((row) => ({ ...(row as unknown as SinkLedgerDay) })),
    async deadLetters(query) {
      const { sql: page, values } = deadLetterPage(query)
      return db
        .prepare(page)
        .all(...values)
        .map(deadLetterRow)
    },
    async countDeadLetters(sink, state) {
      return (sql.countDeadLetters.get(sink, state) as { count: number }).count
    },
    queueReplays: async (replays) => write(() => replays.forEach(putLetter)),
    queueDeadLetters: (query) => change("UPDATE dead_letters SET state = 'queued'", query),
    dropDeadLetters: (query) => change('DELETE FROM dead_letters', query),
    quarantine: async (source, limit) => sql.quarantine.all(keyOf(source), limit).map(quarantineRow),
    async countQuarantined(source) {
      return (sql.countQuarantined.get(keyOf(source)) as { count: number }).count
    },
    async close() {
      await close()
      db.close()
    },
  }
}

function parsed<T>(row: unknown): T | undefined {
  const { state } = (row ?? { state: null }) as { state: string | null }
  return state === null ? undefined : (JSON.parse(state) as T)
}
