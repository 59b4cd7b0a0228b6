/**
 * Appends one batch after another until it is killed, and prints how many events are durable. Arguments: path, first
 * event.
 */
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'

const [path = '', from] = process.argv.slice(2)
const archive = createSqliteArchive({ path, now: Date.now })
const SIZE = 500
for (let next = Number(from); ; next += SIZE) {
  const { events } = batchOf(auditEvents(SIZE, next), lineFormat('native'))
  await archive.append(events.map(({ uid, timestamp, payload }) => ({ uid, timestamp, line: payload })))
  process.stdout.write(`${next + SIZE}\n`)
}
