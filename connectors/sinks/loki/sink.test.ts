import { afterEach, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type LokiOptions, startLokiEmulator } from '../../../test/emulators/loki/loki.ts'
import { definition } from './index.ts'

const open: { stop(): Promise<void> }[] = []
const noSignal = new AbortController().signal

afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(emulatorOptions: LokiOptions = {}, options: Record<string, unknown> = {}) {
  const loki = await startLokiEmulator(emulatorOptions)
  const { sink } = openSink(definition, { endpoint: loki.url, timeout: '60s', ...options })
  open.push({ stop: () => sink.close() }, loki)
  return { loki, sink }
}

const native = (events: readonly AuditEvent[]) => batchOf(events, lineFormat('native'))
const uids = (events: readonly AuditEvent[]) => events.map(({ uid }) => uid).toSorted()

test.each(definition.formats)('format %s arrives as it is', async (format) => {
  const { loki, sink } = await start({}, { format })
  const batch = batchOf(auditEvents(6), lineFormat(format))
  expect((await sink.write(batch, noSignal)).map(({ kind }) => kind)).toEqual(Array(6).fill('delivered'))
  const lines = loki.entries().map(({ uid, line }) => [uid, line])
  expect(lines.toSorted()).toEqual(
    batch.events.map(({ uid, payload }) => [uid, Buffer.from(payload).toString()]).toSorted(),
  )
})

test.each([
  [{ type: 'basic', username: '123456', password: 'glc_x' }, 'Basic MTIzNDU2OmdsY194'],
  [{ type: 'bearer', token: 'glc_x' }, 'Bearer glc_x'],
])('%j logs in, and wrong credentials pause', async (auth, authorization) => {
  const { loki, sink } = await start({ authorization, tenants: true }, { auth, tenant: 'security' })
  expect(await sink.write(native(auditEvents(1)), noSignal)).toEqual([{ kind: 'delivered' }])
  expect(loki.requests[0]?.headers).toMatchObject({ 'x-scope-orgid': 'security', 'content-encoding': 'gzip' })
  const wrong = await start({ authorization: 'Bearer other', tenants: true }, { auth, tenant: 'security' })
  expect(await wrong.sink.write(native(auditEvents(1)), noSignal)).toMatchObject([
    { kind: 'pause', reason: expect.stringContaining('correct `auth`') },
  ])
})

test('a line over the limit of Loki is a dead letter with the reason, its neighbours are delivered once', async () => {
  const { loki, sink } = await start({ limits: { maxLineSize: 4_000 } })
  const events = auditEvents(9)
  const [long] = events.splice(4, 1, { ...(events[4] as AuditEvent), description: 'x'.repeat(5_000) })
  const { delivered, rejected, outcomes } = await deliver(sink, native(events))
  expect(rejected).toEqual([long?.uid])
  expect(delivered).toHaveLength(8)
  expect(loki.entries()).toHaveLength(8)
  expect(outcomes.find(({ kind }) => kind === 'rejected')).toMatchObject({
    answer: expect.stringContaining('Max entry size'),
  })
  // Those beside it went once more, and were not halved until it stood alone.
  expect(loki.requests).toHaveLength(2)
})

test('a large batch becomes several pushes, in order; what follows a refused one is not sent', async () => {
  const { loki, sink } = await start()
  const events = auditEvents(12).map((it) => ({ ...it, description: 'x'.repeat(200_000), raw: {} }))
  const guilty = events[6]?.uid ?? ''
  loki.refuse(guilty, "Max entry size '262144' bytes exceeded for stream")
  const kinds = (await sink.write(native(events), noSignal)).map(({ kind }) => kind)
  expect(loki.requests).toHaveLength(2)
  expect(kinds).toEqual([...Array(4).fill('delivered'), ...Array(8).fill('split')])
  const { rejected, delivered } = await deliver(sink, native(events))
  expect({ rejected, delivered: delivered.length }).toEqual({ rejected: [guilty], delivered: 11 })
  expect(loki.entries().map(({ uid }) => uid)).toHaveLength(11)
})

test('an entry that is too new and large enough for a push of its own holds back nothing of its batch', async () => {
  const { loki, sink } = await start({ limits: { maxLineSize: 4 << 20 } })
  const [large, ...others] = auditEvents(8).map((it, n) => ({
    ...it,
    description: 'x'.repeat(n === 0 ? 1 << 20 : 100_000),
    raw: {},
  }))
  loki.refuse(large?.uid ?? '', 'entry for stream {} has timestamp too new: 1')
  const kinds = (await sink.write(native([large as AuditEvent, ...others]), noSignal)).map(({ kind }) => kind)
  expect(kinds).toEqual(Array(8).fill('split'))
})

test('a history that is read newest first is accepted completely, whatever the hour', async () => {
  const { loki, sink } = await start()
  const day = Array.from({ length: 50 }, (_, n) => {
    const [event] = auditEvents(1, n)
    const timestamp = 1_795_384_800 - n * 1_700
    return { ...(event as AuditEvent), timestamp, observedAt: 1_795_384_900_000 }
  })
  for (let at = 0; at < day.length; at += 5) {
    const outcomes = await sink.write(native(day.slice(at, at + 5)), noSignal)
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('delivered'))
  }
  expect(
    loki
      .entries()
      .map(({ uid }) => uid)
      .toSorted(),
  ).toEqual(uids(day))
})

test('what is too old for Loki is a dead letter; only what is too new waits', async () => {
  const { loki, sink } = await start({ limits: { now: 1_795_384_800 } })
  const events = auditEvents(4)
  events[1] = { ...(events[1] as AuditEvent), timestamp: 1_795_384_800 - 8 * 86_400 }
  const { rejected, delivered } = await deliver(sink, native(events))
  expect({ rejected, delivered: delivered.length }).toEqual({ rejected: [events[1]?.uid], delivered: 3 })
  const future = { ...(events[2] as AuditEvent), timestamp: 1_795_384_800 + 3_600 }
  expect(await sink.write(native([future]), noSignal)).toMatchObject([{ kind: 'retry' }])
  loki.limits.now = future.timestamp
  expect(await sink.write(native([future]), noSignal)).toEqual([{ kind: 'delivered' }])
})

test('a blocked tenant pauses; nothing counts as delivered', async () => {
  const { loki, sink } = await start({ limits: { blocked: 260 } })
  const outcomes = await sink.write(native(auditEvents(2)), noSignal)
  expect(outcomes).toMatchObject(Array(2).fill({ kind: 'pause', reason: expect.stringContaining('blocked') }))
  expect(loki.entries()).toEqual([])
})

test('structured metadata that is switched off pauses the sink, which works without', async () => {
  const limits = { allowStructuredMetadata: false }
  const { sink } = await start({ limits })
  expect(await sink.write(native(auditEvents(1)), noSignal)).toMatchObject([
    { kind: 'pause', reason: expect.stringContaining('structured_metadata: false') },
  ])
  const without = await start({ limits }, { structured_metadata: false })
  expect(await without.sink.write(native(auditEvents(1)), noSignal)).toEqual([{ kind: 'delivered' }])
})

test('a time that no Loki can hold is refused here, but not its neighbours', async () => {
  const { loki, sink } = await start()
  const events = auditEvents(3)
  events[1] = { ...(events[1] as AuditEvent), timestamp: -5 }
  const outcomes = await sink.write(native(events), noSignal)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
  expect(loki.entries()).toHaveLength(2)
  expect(await sink.write(native(events.slice(1, 2)), noSignal)).toMatchObject([{ kind: 'rejected' }])
})

test.each([
  [{ tenants: true }, { tenant: 'a' }, true, ''],
  [{ tenants: true }, {}, false, 'set `tenant`'],
  [{ authorization: 'Bearer a' }, {}, false, 'correct `auth`'],
  [{}, { path: '/x' }, false, 'check `endpoint`'],
])(
  'check of %j with %j',
  async (emulatorOptions, { path = '', ...options }: Record<string, string>, ok, cure) => {
    const { loki } = await start(emulatorOptions)
    const { sink } = openSink(definition, { endpoint: loki.url + path, ...options })
    open.unshift({ stop: () => sink.close() })
    expect(await sink.check?.(noSignal)).toMatchObject({ ok, cure: expect.stringContaining(cure) })
    expect(loki.entries()).toEqual([])
  },
)

test('labels that Loki refuses, and options that belong elsewhere, are reported at once', () => {
  const problems = (options: object) =>
    (definition.config.safeParse({ endpoint: 'https://x', ...options }).error?.issues ?? []).map(
      ({ path }) => path[0],
    )
  expect(problems({})).toEqual([])
  expect(problems({ labels: { 'a-b': 'x' } })).toEqual(['labels'])
  expect(problems({ labels: { __a: 'x' } })).toEqual(['labels'])
  expect(problems({ labels: { organization: 'x' } })).toEqual(['labels'])
  expect(problems({ labels: Object.fromEntries('abcdefghij'.split('').map((it) => [it, it])) })).toEqual([
    'labels',
  ])
  expect(problems({ label_by: ['uid'] })).toEqual(['label_by'])
  expect(problems({ endpoint: 'https://u:p@x' })).toEqual(['endpoint'])
  expect(problems({ tenant: 'a\r\nb: c' })).toEqual(['tenant'])
})
