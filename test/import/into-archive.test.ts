import { expect, test } from 'vitest'
import { ArchiveFailure } from '../../src/archive/failure.ts'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import type { SinkConfig } from '../../src/config/config.ts'
import type { Sink } from '../../src/connector.ts'
import { OperationError, UsageError } from '../../src/errors.ts'
import type { AuditEvent } from '../../src/event.ts'
import { parseNative } from '../../src/formats/native.ts'
import { importSlice } from '../../src/import/into-archive.ts'
import { asArchived } from '../../src/import/native-lines.ts'
import { sinkConfig } from '../engine/sample-config.ts'
import { eventOfEach } from '../formats/sample-events.ts'

const EVENTS = eventOfEach().slice(0, 5)
const UIDS = EVENTS.map(({ uid }) => uid)

/** `answer`: why an event is refused for good; it may also throw. */
function rig(answer: (uid: string, call: number) => string | undefined = () => undefined, rules = {}) {
  const kept = new Map<string, AuditEvent>()
  let calls = 0
  const append = async (events: readonly NewEvent[]) => {
    calls++
    const refused = new Map<number, string>()
    const before = kept.size
    for (const [at, { uid, line }] of events.entries()) {
      const reason = answer(uid, calls)
      if (reason !== undefined) refused.set(at, reason)
      else if (!kept.has(uid)) kept.set(uid, parseNative(line))
    }
    return { added: kept.size - before, refused }
  }
  const sink = { archive: { append } } as unknown as Pick<Sink, 'archive'>
  const config = sinkConfig({ id: 'archive', ...rules })
  const soc = { ...config, id: 'soc' }
  const parts = {
    config: { sinks: { archive: config, soc } },
    sinkOf: ({ id }: SinkConfig) => (id === 'soc' ? {} : sink),
    signal: new AbortController().signal,
  }
  return {
    kept,
    calls: () => calls,
    send: (events = EVENTS, to = 'archive') =>
      importSlice(parts, { sink: to, events: events.map(asArchived) }),
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

test('writes again what the archive could not take at once, and names what it refuses', async () => {
  const { send, kept, calls } = rig((uid, call) => {
    if (call === 1) throw new ArchiveFailure('retry', 'busy')
    return uid === UIDS[1] ? 'bad' : undefined
  })
  expect(await send()).toEqual({
    added: 4,
    known: 0,
    filtered: 0,
    refused: [{ uid: UIDS[1], reason: 'bad' }],
  })
  expect([kept.size, calls()]).toEqual([4, 2])
})

test('says why the archive takes nothing now', async () => {
  const fail = (kind: 'pause' | 'retry', reason: string) => () => {
    throw new ArchiveFailure(kind, reason)
  }
  const paused = rig(fail('pause', 'the database is gone'))
  await expect(paused.send()).rejects.toThrow(new OperationError('the database is gone'))
  expect(paused.calls()).toBe(1)
  const busy = rig(fail('retry', 'the disk is full'))
  await expect(busy.send()).rejects.toThrow(new OperationError('the disk is full'))
  expect(busy.calls()).toBeGreaterThan(2)
})

test('wants a sink that keeps an archive', async () => {
  const { send } = rig()
  await expect(send([], 'soc')).rejects.toThrow(
    new UsageError('the sink soc keeps no archive; name a sink of `type: archive`'),
  )
  await expect(send([], 'arhive')).rejects.toThrow(
    'no sink arhive; there are archive, soc (did you mean archive?)',
  )
})
