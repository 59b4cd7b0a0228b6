import { expect, test } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import type { Batch, Sink } from '../../src/connector.ts'
import { OperationError, UsageError } from '../../src/errors.ts'
import type { AuditEvent } from '../../src/event.ts'
import { importSlice } from '../../src/import/into-archive.ts'
import { delivered, type Outcome } from '../../src/outcome.ts'
import { sinkConfig } from '../engine/sample-config.ts'
import { eventOfEach } from '../formats/sample-events.ts'

const EVENTS = eventOfEach().slice(0, 5)
const UIDS = EVENTS.map(({ uid }) => uid)

function rig(answer: (uid: string, size: number, call: number) => Outcome = () => delivered, rules = {}) {
  const kept = new Map<string, AuditEvent>()
  let calls = 0
  const sink = {
    write: async ({ events }: Batch) => {
      calls++
      return events.map(({ uid, event }) => {
        const outcome = answer(uid, events.length, calls)
        if (outcome.kind === 'delivered') kept.set(uid, event)
        return outcome
      })
    },
    archive: {
      find: async (uid: string) => (kept.has(uid) ? { uid } : undefined),
    },
  } as unknown as Pick<Sink, 'write' | 'archive'>
  const batch = { maxEvents: 3, maxBytes: 1_000_000, maxAgeMs: 0 }
  const config = sinkConfig({ id: 'archive', batch, ...rules })
  const soc = { ...config, id: 'soc' }
  const parts = {
    config: { sinks: { archive: config, soc } },
    sinkOf: ({ id }: SinkConfig) => (id === 'soc' ? { write: sink.write } : sink),
    signal: new AbortController().signal,
  }
  return {
    kept,
    calls: () => calls,
    send: (events = EVENTS, to = 'archive') => importSlice(parts, { sink: to, events }),
  }
}

test('adds what the archive lacks, once', async () => {
  const { send, kept } = rig()
  expect(await send(EVENTS.slice(0, 2))).toEqual({ added: 2, known: 0, filtered: 0, refused: [] })
  expect(await send([...EVENTS, ...EVENTS])).toEqual({ added: 3, known: 7, filtered: 0, refused: [] })
  expect(await send()).toEqual({ added: 0, known: 5, filtered: 0, refused: [] })
  expect([...kept.keys()]).toEqual(UIDS)
})

test('goes through the rules of the sink', async () => {
  const { send, kept } = rig(undefined, {
    where: `uid != "${UIDS[0]}"`,
    redact: [{ field: 'actor.login', with: 'drop' }],
  })
  expect(await send()).toMatchObject({ added: 4, filtered: 1 })
  expect([...kept.values()].map(({ actor }) => actor.login ?? '')).toEqual(['', '', '', ''])
})

test('writes again what the archive could not take at once, and halves what is too much', async () => {
  const { send, kept } = rig((uid, size, call) => {
    if (call === 1) return { kind: 'retry', reason: 'busy' }
    if (size > 1) return { kind: 'split', reason: 'too much' }
    return uid === UIDS[1] ? { kind: 'rejected', reason: 'bad' } : delivered
  })
  expect(await send()).toEqual({
    added: 4,
    known: 0,
    filtered: 0,
    refused: [{ uid: UIDS[1], reason: 'bad' }],
  })
  expect(kept.size).toBe(4)
})

test('says why the archive takes nothing now', async () => {
  const paused = rig(() => ({ kind: 'pause', reason: 'the database is gone' }))
  await expect(paused.send()).rejects.toThrow(new OperationError('the database is gone'))
  const busy = rig(() => ({ kind: 'retry', reason: 'the disk is full' }))
  await expect(busy.send()).rejects.toThrow(new OperationError('the disk is full'))
  expect(busy.calls()).toBeGreaterThan(2)
}, 20_000)

test('wants a sink that keeps an archive', async () => {
  const { send } = rig()
  await expect(send([], 'soc')).rejects.toThrow(
    new UsageError('the sink soc keeps no archive; name a sink of `type: archive`'),
  )
  await expect(send([], 'arhive')).rejects.toThrow(
    'no sink arhive; there are archive, soc (did you mean archive?)',
  )
})
