/** The embedded schedule. */
import { expect, it } from 'vitest'
import { runRepeatedly } from '../../src/schedule/timers.ts'

it('runs a task again when it said so, one turn after the other', async () => {
  const stop = new AbortController()
  let running = 0
  let turns = 0
  await runRepeatedly(async () => {
    expect(running++).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (++turns === 5) stop.abort()
    return 0
  }, stop.signal)
  expect(turns).toBe(5)
})

it('ends a long wait at once when it is stopped', async () => {
  const stop = new AbortController()
  let turns = 0
  const run = runRepeatedly(async () => {
    turns++
    return 3_600_000
  }, stop.signal)
  await new Promise((resolve) => setImmediate(resolve))
  stop.abort()
  await run
  expect(turns).toBe(1)
})

it('lets a turn that is under way come to its end before it resolves', async () => {
  const stop = new AbortController()
  let ended = false
  const run = runRepeatedly(async (signal) => {
    expect(signal).toBe(stop.signal)
    stop.abort()
    await new Promise((resolve) => setImmediate(resolve))
    ended = true
    return 0
  }, stop.signal)
  await run
  expect(ended).toBe(true)
})

it('runs nothing once it is stopped', async () => {
  const stop = new AbortController()
  stop.abort()
  let turns = 0
  await runRepeatedly(async () => ++turns, stop.signal)
  expect(turns).toBe(0)
})
