/** The thread that holds a connection to an archive: long work there never holds the engine up. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { workerData } from 'node:worker_threads'
import { type Close, serveThread } from '../../lib/thread.ts'
import { createAppender } from './append.ts'
import { unflatten } from './flat-events.ts'
import { createLineReader } from './lines.ts'
import type { Order, ThreadData } from './messages.ts'
import { openForReading, openForWriting } from './open.ts'
import { createDayDropper } from './retention.ts'
import { createTextDropper } from './unused-texts.ts'

const { path, role } = workerData as ThreadData
serveThread<Order>(serving(), handedOver)

/** Opens the file with the first order, which gets the error if that fails. */
function serving() {
  let serve: ((order: Order | Close) => unknown) | undefined
  return (order: Order | Close) => {
    serve ??= role === 'write' ? writer() : reader()
    return serve(order)
  }
}

/** Transfers the lines instead of copying them. */
function handedOver(result: unknown): ArrayBuffer[] {
  const { lines } = (result ?? {}) as { lines?: unknown }
  return lines instanceof Uint8Array ? [lines.buffer as ArrayBuffer] : []
}

function writer() {
  const { db, close } = openForWriting(path)
  const { append, forget } = createAppender(db)
  const dropDay = createDayDropper(db, forget)
  const dropTexts = createTextDropper(db, forget)
  return (request: Order | Close) => {
    switch (request.kind) {
      case 'open':
        return undefined
      case 'append':
        return append(unflatten(request.events), request.archivedAt)
      case 'drop-day':
        return dropDay(request.end, request.at)
      case 'drop-texts':
        return dropTexts(request.after)
      case 'close':
        return close()
      default:
        throw new Error(`the writer is asked to ${request.kind}`)
    }
  }
}

function reader() {
  const db = openForReading(path)
  const query = createQuery(db)
  const lines = createLineReader(db)
  return (request: Order | Close) => {
    switch (request.kind) {
      case 'open':
        return undefined
      case 'query':
        return query(request.sql, request.parameters)
      case 'lines':
        return lines(request.wanted)
      case 'close':
        return db.close()
      default:
        throw new Error(`the reader is asked to ${request.kind}`)
    }
  }
}

/** A search uses one statement per shard. */
const STATEMENTS_KEPT = 300

/** Prepares recurring statements once. */
function createQuery(db: DatabaseSync) {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  return (sql: string, parameters: readonly unknown[]) => {
    const statement = prepared.get(sql) ?? db.prepare(sql)
    if (prepared.size >= STATEMENTS_KEPT) prepared.clear()
    prepared.set(sql, statement)
    return statement.all(...parameters.map(bound))
  }
}

/**
 * Bound as integers: node:sqlite binds a number as REAL, which divides differently and does not limit the rowid of an
 * FTS5 table.
 */
function bound(value: unknown): SQLInputValue {
  return Number.isInteger(value) ? BigInt(value as number) : (value as SQLInputValue)
}
