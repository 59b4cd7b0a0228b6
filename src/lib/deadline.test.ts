import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withDeadline } from './deadline.ts'

const forever = (signal: AbortSignal) => sleep(60_000, undefined, { signal })
const causeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: Error) => (error.cause as Error).name,
  )

test('ends when the time is over, with the reason that AbortSignal.timeout gives', async () => {
  // Its timer doesn't keep a process alive.
  const alive = setInterval(() => undefined, 1_000)
  expect(await causeOf(withDeadline(new AbortController().signal, 5, forever))).toBe('TimeoutError')
  clearInterval(alive)
})

test('ends with the outer signal, even one that had ended before', async () => {
  const outer = new AbortController()
  const running = causeOf(withDeadline(outer.signal, 60_000, forever))
  outer.abort(new RangeError('enough'))
  expect(await running).toBe('RangeError')
  expect(await causeOf(withDeadline(outer.signal, 60_000, forever))).toBe('RangeError')
})

test('leaves no signal with a time limit and no listener behind', async () => {
  const { signal } = new AbortController()
  const timedOut: boolean[] = []
  const keep = async (inner: AbortSignal) => {
    inner.addEventListener('abort', () => timedOut.push(true))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  }
  await withDeadline(signal, 20, keep)
  await expect(withDeadline(signal, 20, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(getEventListeners(signal, 'abort')).toEqual([])
  await sleep(60)
  expect(timedOut).toEqual([])
})
