/** The spool's limit: polls wait for room, and if there is none, give up for a while. */
import { expect, it } from 'vitest'
import { createRoom, SpoolFull } from '../../src/spool/room.ts'
import { PATIENCE_MS } from '../patience.ts'
import { waitFor } from './lane-rig.ts'

const { signal } = new AbortController()

it('has room up to its limit, over all sources', async () => {
  const room = createRoom(100, () => 0)
  room.set('a', 60)
  room.set('b', 30)
  await room.wait(signal)
  room.set('b', 20)
  expect([room.bytes(), room.limitBytes]).toEqual([80, 100])
})

it('lets a poll go on as soon as entries are trimmed', async () => {
  const room = createRoom(100, () => 0)
  room.set('a', 100)
  let waited = false
  const waiting = room.wait(signal).then(() => {
    waited = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(waited).toBe(false)
  room.set('a', 99)
  await waiting
  expect(waited).toBe(true)
})

it('says that it is full when nothing is trimmed for a while', async () => {
  let now = 0
  const room = createRoom(100, () => now)
  room.set('a', 100)
  const waiting = room.wait(signal)
  now = 5_000
  room.set('a', 101)
  const thrown = await waiting.catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(SpoolFull)
  expect((thrown as Error).message).toContain('state.max_spool')
})

it('lets old events fill a share of it, and says so when that is full', async () => {
  let now = 0
  const room = createRoom(100, () => now)
  room.set('a', 60)
  await room.wait(signal)
  const waiting = room.wait(signal, 0.5)
  now = 5_000
  room.set('a', 61)
  const { message } = (await waiting.catch((error: unknown) => error)) as Error
  expect(message).toContain('50 % of the spool')
})

it('says so too when the clock is set back while it waits', async () => {
  let now = 3_600_000
  let seen = now
  const room = createRoom(100, () => {
    seen = now
    return now
  })
  room.set('a', 100)
  const waiting = room.wait(AbortSignal.timeout(PATIENCE_MS)).catch((error: unknown) => error)
  now = 0
  await waitFor(() => seen === 0)
  now = 5_000
  expect(await waiting).toBeInstanceOf(SpoolFull)
})

it('stops waiting when told to', async () => {
  const room = createRoom(0, () => 0)
  const aborted = new AbortController()
  const waiting = room.wait(aborted.signal)
  aborted.abort(new Error('the engine stops'))
  await expect(waiting).rejects.toThrow('the engine stops')
})
