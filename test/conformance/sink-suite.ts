/** What every sink must do. A folder in connectors/sinks is tested if it has a `harness.ts`. */
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { SinkDefinition } from '../../src/connector.ts'
import { ownTime } from '../own-time.ts'
import { PATIENCE_MS } from '../patience.ts'
import { auditEvents, batchOf } from './batches.ts'
import { deliver, write } from './deliver.ts'
import { openHandles } from './open-handles.ts'
import { type OpenSink, openSink, separate } from './open-sink.ts'
import { schemaOf, undescribed } from './option-schema.ts'
import type { Receiver, SinkHarness } from './sink-harness.ts'

interface SinkUnderTest {
  readonly definition: SinkDefinition
  readonly harness: SinkHarness
  /** Text of `example.yaml`. */
  readonly example: () => Promise<string>
}

export function describeSink({ definition, harness, example }: SinkUnderTest): void {
  let receiver: Receiver
  let opened: OpenSink[]

  beforeEach(async () => {
    opened = []
    receiver = await harness.start()
    // Not in `afterEach`, which also runs after a failed start and would hide its cause.
    return async () => {
      await Promise.all(opened.map(({ sink }) => sink.close()))
      await receiver.stop()
    }
  })

  function open(): OpenSink {
    const it = openSink(definition, receiver.options)
    opened.push(it)
    return it
  }

  function openWith(count: number) {
    const it = open()
    return { ...it, batch: batchOf(auditEvents(count), it.format) }
  }

  async function expectReceived(uids: readonly string[]): Promise<void> {
    expect(new Set(await receiver.received())).toEqual(new Set(uids))
  }

  describe('options', () => {
    it('accept the example', async () => {
      const { sinks } = parse(await example()) as { sinks: Record<string, Record<string, unknown>> }
      expect(Object.values(sinks).map(({ type }) => type)).toContain(definition.type)
      for (const options of Object.values(sinks)) {
        const { own } = separate(fillIn(options, receiver.options) as typeof options)
        expect(definition.config.safeParse(own).error).toBeUndefined()
      }
    })

    it('refuse an unknown key', () => {
      const { own } = separate(receiver.options)
      expect(definition.config.safeParse(own).success).toBe(true)
      expect(definition.config.safeParse({ ...own, no_such_key: 1 }).success).toBe(false)
    })

    it('are refused without throwing if a value is nonsense', () => {
      const { own } = separate(receiver.options)
      for (const key of Object.keys(schemaOf(definition.config).properties ?? {})) {
        for (const nonsense of [{ no: 'sense' }, '', '\0', [[]]]) {
          expect(() => definition.config.safeParse({ ...own, [key]: nonsense })).not.toThrow()
        }
        expect(definition.config.safeParse({ ...own, [key]: [[]] }).success, key).toBe(false)
      }
    })

    it('are all described', () => {
      expect(undescribed(schemaOf(definition.config))).toEqual([])
    })
  })

  describe('a write', () => {
    it('works again after closing and opening again', async () => {
      const events = auditEvents(2)
      for (const event of events) {
        const { sink, format } = open()
        expect(await write(sink, batchOf([event], format))).toEqual([{ kind: 'delivered' }])
        await sink.close()
        await sink.close()
      }
      await expectReceived(events.map(({ uid }) => uid))
    })

    it('takes 1 event, as many as fit into a batch, and none', async () => {
      const { sink, config, format } = open()
      const { maxEvents, maxBytes } = definition.limits(config).defaults
      expect(await write(sink, batchOf([], format))).toEqual([])
      await expectReceived([])

      const events = auditEvents(maxEvents + 1)
      const [one, many] = [events.slice(0, 1), fitting(events.slice(1), maxBytes)]
      expect(await write(sink, batchOf(one, format))).toEqual([{ kind: 'delivered' }])
      const outcomes = await write(sink, batchOf(many, format))
      expect(outcomes.filter(({ kind }) => kind !== 'delivered')).toEqual([])
      await expectReceived([...one, ...many].map(({ uid }) => uid))
    })

    it('done twice carries the same ids', async () => {
      const { sink, batch } = openWith(5)
      await write(sink, batch)
      await write(sink, batch)
      const received = await receiver.received()
      if (harness.keepsOneCopy) expect(received).toHaveLength(batch.events.length)
      await expectReceived(batch.events.map(({ uid }) => uid))
    })

    it('is done with the payloads when it settles, if it copies them', async ({ skip }) => {
      if (definition.copiesPayloads !== true) skip('may keep payloads')
      const { sink, format } = open()
      const events = auditEvents(20)
      for (const some of [events.slice(0, 10), events.slice(10)]) {
        const batch = batchOf(some, format)
        await write(sink, batch)
        for (const { payload } of batch.events) payload.fill(0)
      }
      await sink.close()
      await expectReceived(events.map(({ uid }) => uid))
    })

    it('leaves nothing open after close', async () => {
      const before = await openHandles()
      const { sink, batch } = openWith(20)
      await write(sink, batch)
      await sink.close()
      await expect.poll(openHandles).toEqual(before)
    })
  })

  describe('an answer', () => {
    beforeEach(({ skip }) => {
      if (receiver.fail === undefined) skip('speaks to no server')
    })

    const needsAnswers = (skip: (note: string) => void) => {
      if (receiver.faults === 'connection') skip('gets no answers')
    }

    it.for([429, 503])('of %i is a retry that honours Retry-After', async (status, { skip }) => {
      needsAnswers(skip)
      const { sink, batch } = openWith(4)
      receiver.fail?.({ status, headers: { 'retry-after': '7' } }, 1)
      const outcomes = await write(sink, batch)
      const retries = outcomes.filter(({ kind }) => kind !== 'delivered')
      expect(retries[0]).toMatchObject({
        kind: 'retry',
        ...(receiver.faults !== 'codes' && { afterMs: 7000 }),
      })
      expect(retries.filter(({ kind }) => kind !== 'retry')).toEqual([])
      await deliver(sink, batch)
      await expectReceived(batch.events.map(({ uid }) => uid))
    })

    it.for([429, 503])('of %i blames no option when the sink is checked', async (status, { skip }) => {
      if (receiver.faults !== undefined) skip('has no statuses')
      const { sink } = openWith(1)
      receiver.fail?.({ status, body: '' }, 5)
      const check = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
      if (check?.ok === false) expect(check.cure).toContain('events wait')
    })

    it.for([401, 403])('of %i pauses, says what to do, and loses nothing', async (status, { skip }) => {
      needsAnswers(skip)
      const { sink, batch } = openWith(4)
      receiver.fail?.({ status }, 1)
      const { outcomes, delivered } = await deliver(sink, batch)
      const reasons = outcomes.flatMap((it) => (it.kind === 'pause' ? it.reason : []))
      expect(reasons[0]).toMatch(/\b(check|compare|copy|correct|create|give|grant|let|renew|set) /)
      expect(new Set(delivered)).toEqual(new Set(batch.events.map(({ uid }) => uid)))
      await expectReceived(delivered)
    })

    it('of 400 costs only the guilty event', async ({ skip }) => {
      needsAnswers(skip)
      const { sink, batch } = openWith(9)
      const guilty = batch.events[4]?.uid ?? ''
      if (receiver.refuse === undefined) receiver.fail?.({ status: 400 }, 1)
      else receiver.refuse(guilty, 400)
      const { delivered, rejected } = await deliver(sink, batch)
      expect(rejected.length).toBeLessThanOrEqual(1)
      if (receiver.refuse !== undefined) expect(rejected).toEqual([guilty])
      expect([...delivered, ...rejected].sort()).toEqual(batch.events.map(({ uid }) => uid).sort())
      await expectReceived(delivered)
    })

    it('of 413 splits', async ({ skip }) => {
      needsAnswers(skip)
      const { sink, batch } = openWith(8)
      receiver.fail?.({ status: 413 }, 1)
      const { outcomes, delivered, rejected } = await deliver(sink, batch)
      expect(outcomes.map(({ kind }) => kind)).toContain('split')
      expect([...delivered, ...rejected].sort()).toEqual(batch.events.map(({ uid }) => uid).sort())
      await expectReceived(delivered)
    })

    it('cut in the middle counts only if its head is proof enough', async () => {
      const { sink, batch } = openWith(4)
      receiver.fail?.({ reset: true }, 1)
      const outcomes = await write(sink, batch)
      expect(outcomes.filter(({ kind }) => kind !== 'retry' && kind !== 'delivered')).toEqual([])
      const received = await receiver.received()
      const delivered = batch.events.filter((_, index) => outcomes[index]?.kind === 'delivered')
      expect(received).toEqual(expect.arrayContaining(delivered.map(({ uid }) => uid)))
      await deliver(sink, batch)
      await expectReceived(batch.events.map(({ uid }) => uid))
    })

    it('that never comes is given up within a second of the abort', async () => {
      const { sink, batch } = openWith(4)
      receiver.fail?.({ hang: true }, 100)
      const controller = new AbortController()
      const outcomes = write(sink, batch, controller.signal)
      await expect(Promise.race([outcomes, ownTime(100, 'time is up')])).resolves.toBe('time is up')
      controller.abort()
      const settled = await Promise.race([outcomes, ownTime(1_000, 'time is up')])
      expect(settled).toMatchObject(batch.events.map(() => ({ kind: 'retry' })))
    })
  })

  it('settles at once if it was aborted before', async () => {
    const { sink, batch } = openWith(2)
    const settled = await Promise.race([
      write(sink, batch, AbortSignal.abort()),
      ownTime(1_000, 'time is up'),
    ])
    expect(settled).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
    await expectReceived([])
  })

  it('shows its secret nowhere', async ({ skip }) => {
    const { secret } = receiver
    if (secret === undefined) return skip('has no secret')
    const { sink, config, batch, log } = openWith(4)
    const encoded = encodeURIComponent(secret)
    const body = `you sent ${secret}, ${encoded}`
    for (const status of [400, 401, 503]) receiver.fail?.({ status, body }, 1)
    const { outcomes } = await deliver(sink, batch)
    const check = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    await receiver.stop()
    const unreachable = await write(sink, batch)
    const said = [config, sink, outcomes, unreachable, check, log]
    for (const text of [...said.map(String), ...said.map(stringify), ...said.map(look)]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(encoded)
    }
    receiver = await harness.start()
  })
}

/** A placeholder stands for the value that the receiver's options have in the same place. */
function fillIn(value: unknown, given: unknown): unknown {
  if (typeof value === 'string') return /\$\{.*\}/.test(value) ? given : value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const options = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillIn(inner, options[key])]))
}

function fitting<Event>(events: readonly Event[], maxBytes: number): readonly Event[] {
  let bytes = 0
  return events.filter((event) => {
    bytes += 2 * JSON.stringify(event).length
    return bytes <= maxBytes
  })
}

function stringify(it: unknown): string {
  return JSON.stringify(it) ?? ''
}

function look(it: unknown): string {
  return inspect(it, { depth: Infinity, showHidden: true })
}
