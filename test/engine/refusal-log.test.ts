/** A sink that refuses a backlog writes a few lines to the log, whose numbers add up; every dead letter is kept. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { createRefusalLog } from '../../src/deliver/refusal-log.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import type { DeadLetter } from '../../src/spool/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { letter } from '../server/fake-engine.ts'
import { all, openLane, openStore, scriptedSink } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const MORE = 'more events dead-lettered; dead-letters list names them'

function listen() {
  const lines: [string, LogFields | undefined][] = []
  const logger = {
    ...silentLogger,
    error: (...line: [string, LogFields?]) => void lines.push([...line, undefined].slice(0, 2) as never),
  }
  return { lines, logger }
}

const lettersOf = (count: number, reason: string): DeadLetter[] =>
  Array.from({ length: count }, (_, at) => ({ ...letter(`a${at}`, 'soc'), reason }))

it('of a lane: the first ten, and the others as a number when it stops', async () => {
  const [store, sink, { lines, logger }] = [openStore(), scriptedSink(), listen()]
  await spool(store, auditEvents(300))
  sink.always(all({ kind: 'rejected', reason: 'HTTP 400', answer: '' }))
  const batch = { maxEvents: 100, maxBytes: 1_048_576, maxAgeMs: 1 }
  const rig = await openLane(store, sink, { start: 'beginning', batch }, undefined, undefined, logger)
  await rig.deliver()
  expect(lines.map(([message]) => message)).toEqual(Array(10).fill('event dead-lettered'))
  await rig.stop()
  expect(lines.slice(10)).toEqual([[MORE, { count: 290, reason: 'HTTP 400' }]])
  expect(await store.countDeadLetters('soc', 'parked')).toBe(300)
})

it('tells the number when the minute is over, and then one by one again', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { lines, logger } = listen()
  const log = createRefusalLog(logger)
  log.log(lettersOf(9, 'a'))
  log.log(lettersOf(5, 'b'))
  vi.advanceTimersByTime(59_000)
  log.log(lettersOf(100_000, 'c'))
  expect(lines).toHaveLength(10)
  vi.advanceTimersByTime(1_000)
  expect(lines.slice(10)).toEqual([[MORE, { count: 100_004, reason: 'c' }]])
  log.log(lettersOf(1, 'd'))
  expect(lines.at(-1)).toEqual(['event dead-lettered', expect.objectContaining({ reason: 'd' })])
  vi.advanceTimersByTime(600_000)
  log.end()
  expect(lines).toHaveLength(12)
})
