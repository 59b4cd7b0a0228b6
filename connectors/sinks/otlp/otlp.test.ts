import { afterEach, describe, expect, it } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { describeSink } from '../../../test/conformance/sink-suite.ts'
import { startOtlp } from '../../../test/emulators/otlp/otlp.ts'
import { logsAddress } from './config.ts'
import { harnessOf } from './harness.ts'
import { definition } from './index.ts'
import { judge } from './verdict.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(options: Record<string, unknown> = {}) {
  const otlp = await startOtlp()
  const auth = { type: 'bearer', token: otlp.token }
  const opened = openSink(definition, { endpoint: otlp.url, auth, ...options })
  open.push({ stop: () => opened.sink.close() }, otlp)
  return { otlp, ...opened }
}

const NO_SIGNAL = new AbortController().signal

describe('in JSON', () => {
  const example = async () =>
    'sinks: { a: { type: otlp, endpoint: "http://c.example:4318", encoding: json } }'
  describeSink({ definition, harness: harnessOf('json'), example })
})

describe.each(['json', 'protobuf'] as const)('%s', (encoding) => {
  it('carries each record as the format writes it, under one resource', async () => {
    const { otlp, sink, format } = await start({ encoding })
    const batch = batchOf(auditEvents(12), format)
    expect(new Set((await write(sink, batch)).map(({ kind }) => kind))).toEqual(new Set(['delivered']))
    const written = batch.events.map(
      ({ payload }) => JSON.parse(Buffer.from(payload).toString()).resourceLogs[0],
    )
    expect(otlp.records.map(({ record }) => record)).toEqual(
      written.map(({ scopeLogs }) => scopeLogs[0].logRecords[0]),
    )
    for (const { resource, scope } of otlp.records) {
      expect(resource).toEqual(written[0].resource.attributes)
      expect(scope).toBe('auditferry')
    }
  })

  it('carries texts of every length', async () => {
    const { otlp, sink, format } = await start({ encoding })
    const lengths = [1, 127, 128, 16_383, 16_384, 300_000]
    const events = auditEvents(lengths.length).map((it, at) => ({
      ...it,
      description: 'ü'.repeat(lengths[at] ?? 0),
    }))
    await write(sink, batchOf(events, format))
    expect(otlp.records.map(({ record }) => record.body)).toEqual(
      events.map(({ description }) => ({ stringValue: description })),
    )
  })

  it('finds the records that a partial success counts, and loses no neighbour', async () => {
    const { otlp, sink, format } = await start({ encoding })
    const events = auditEvents(9)
    const bad = [events[2]?.uid ?? '', events[7]?.uid ?? '']
    for (const uid of bad) otlp.spoil(uid, `too long: ${'x'.repeat(200)}`)
    const { delivered, rejected, outcomes } = await deliver(sink, batchOf(events, format))
    expect(rejected.toSorted()).toEqual(bad.toSorted())
    expect(new Set(delivered)).toEqual(new Set(otlp.kept))
    expect(delivered).toHaveLength(7)
    expect(outcomes[0]).toMatchObject({
      kind: 'split',
      reason: expect.stringMatching(/refused 2 of 9 records: too long/),
    })
  })

  it('a warning beside a full success is delivered, and logged', async () => {
    const { otlp, sink, format, log } = await start({ encoding })
    otlp.warn('attribute foo is deprecated')
    expect(await write(sink, batchOf(auditEvents(1), format))).toEqual([{ kind: 'delivered' }])
    expect(log).toEqual([expect.stringContaining('foo is deprecated')])
  })

  it('masks the secret where a partial success quotes it', async () => {
    const { otlp, sink, format, log } = await start({ encoding })
    const events = auditEvents(1)
    otlp.spoil(events[0]?.uid ?? '', `you sent ${otlp.token}`)
    const outcomes = await write(sink, batchOf(events, format))
    otlp.warn(`you sent ${otlp.token}`)
    await write(sink, batchOf(auditEvents(1, 5), format))
    expect(JSON.stringify([outcomes, log])).not.toContain(otlp.token)
    expect(outcomes[0]).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('[secret]') })
  })

  it('check: an empty request is a success', async () => {
    const { sink, otlp } = await start({ encoding })
    expect(await sink.check?.(NO_SIGNAL)).toMatchObject({ ok: true })
    expect(otlp.kept).toEqual([])
  })
})

const JSON_TYPE = 'application/json'
const PROTOBUF_TYPE = 'application/x-protobuf'

/** The outcome of each answer to three records. */
it.each<[number, string, string, string]>([
  [200, JSON_TYPE, '{}', 'delivered'],
  [200, JSON_TYPE, '{"partialSuccess":{}}', 'delivered'],
  [200, JSON_TYPE, '{"partialSuccess":null}', 'delivered'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow"}}', 'delivered'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":"1"}}', 'split'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":2}}', 'split'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":"3"}}', 'rejected'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":"-1"}}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":"many"}}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":"4"}}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":""}}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":[1]}}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":null}}', 'delivered'],
  [200, JSON_TYPE, '{"partialSuccess":{"rejectedLogRecords":false}}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":"x"}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":[]}', 'retry'],
  [200, JSON_TYPE, '{"partialSuccess":0}', 'retry'],
  [200, PROTOBUF_TYPE, '\x0a\x02\x08\x04', 'retry'],
  [200, JSON_TYPE, '{"error":"x"}', 'retry'],
  [200, JSON_TYPE, '[]', 'retry'],
  [200, 'text/html', '<html>Log in</html>', 'retry'],
  [200, PROTOBUF_TYPE, '', 'delivered'],
  [200, PROTOBUF_TYPE, '\x0a\x00', 'delivered'],
  [200, PROTOBUF_TYPE, '\x0a\x02\x08\x02', 'split'],
  [200, PROTOBUF_TYPE, '\x0a\x02\x08\x03', 'rejected'],
  [200, PROTOBUF_TYPE, '\x0a\x05\x08\x02', 'retry'],
  [200, PROTOBUF_TYPE, '\x0a', 'retry'],
  [200, PROTOBUF_TYPE, '<html>', 'retry'],
  [204, '', '', 'delivered'],
  [201, JSON_TYPE, '{}', 'retry'],
  [202, JSON_TYPE, '{}', 'retry'],
  [302, '', '', 'pause'],
  [400, JSON_TYPE, '{"code":3,"message":"bad"}', 'split'],
  [401, '', '', 'pause'],
  [403, '', '', 'pause'],
  [404, '', '', 'pause'],
  [405, '', '', 'pause'],
  [408, '', '', 'retry'],
  [413, '', '', 'split'],
  [415, '', '', 'pause'],
  [429, '', '', 'retry'],
  [500, '', '', 'retry'],
  [502, '', '', 'retry'],
  [503, '', '', 'retry'],
  [504, '', '', 'retry'],
])('%i %s %j: %s', (status, type, body, kind) => {
  const headers = type === '' ? {} : { 'content-type': type }
  const { outcome } = judge({ status, headers, body, bytes: Buffer.from(body, 'latin1') }, 3, 0)
  expect(outcome.kind).toBe(kind)
})

it.each([
  ['http://c.example:4318', 'http://c.example:4318/v1/logs'],
  ['http://c.example:4318/', 'http://c.example:4318/v1/logs'],
  ['https://g.example/otlp', 'https://g.example/otlp/v1/logs'],
  ['https://g.example/otlp/v1/logs/', 'https://g.example/otlp/v1/logs'],
])('%s leads to %s', (endpoint, address) => {
  expect(logsAddress(endpoint)).toBe(address)
})

it('authenticates by name and password', async () => {
  const { sink, format, otlp } = await start({ auth: { type: 'basic', username: '12', password: 'pass' } })
  expect(await write(sink, batchOf(auditEvents(1), format))).toMatchObject([{ kind: 'pause' }])
  expect(otlp.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('12:pass').toString('base64')}`)
})

it.each([
  [{ auth: { type: 'bearer', token: 'wrong' } }, /HTTP 401: Unauthorized/, /`auth`/],
  [{ endpoint: 'http://127.0.0.1:1' }, /ECONNREFUSED/, /firewall/],
])('check: %j', async (options, detail, cure) => {
  const { sink } = await start(options)
  const check = await sink.check?.(NO_SIGNAL)
  expect(check).toMatchObject({ ok: false, detail: expect.stringMatching(detail) })
  expect(check?.cure).toMatch(cure)
})

describe('a record as protobuf', () => {
  it.each([
    ['escapes', '"\\/\b\f\n\r\t'],
    ['a number for a character', '\u0001 and \u001f'],
    ['other planes', '😀 ü \u{10ffff}'],
    ['a long text of escapes', '"\n'.repeat(70_000)],
    ['a long text of numbers for characters', '\u0001'.repeat(70_000)],
  ])('keeps %s', async (_, description) => {
    const { otlp, sink, format } = await start({ encoding: 'protobuf' })
    const events = auditEvents(3).map((event) => ({ ...event, description }))
    await write(sink, batchOf(events, format))
    expect(otlp.records.map(({ record }) => record)).toEqual(
      events.map((event) => JSON.parse(format.encode(event)).resourceLogs[0].scopeLogs[0].logRecords[0]),
    )
  })
})
