import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { write as writeBatch } from '../../../test/conformance/deliver.ts'
import { checkOnce, writeOnce } from '../../../test/conformance/once.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { createGoogleTokenDesk, googleError } from '../../../test/emulators/google/tokens.ts'
import { type Secops, startSecops } from '../../../test/emulators/secops/secops.ts'
import { validatorOf } from '../../../test/formats/validator.ts'
import { config, placeOf } from './config.ts'
import { definition } from './index.ts'

let emulator: Secops
const open = (options: Record<string, unknown> = {}, now?: () => number) =>
  openSink(definition, { ...emulator.options, ...options }, now)

const write = (options?: Record<string, unknown>, events?: readonly AuditEvent[]) =>
  writeOnce(open(options), events)
const check = (options: Record<string, unknown> = {}) => checkOnce(open(options))

beforeEach(async () => {
  emulator = await startSecops()
})
afterEach(() => emulator.stop())

const LOG_TYPE = 'PULUMI_AUDIT_CUSTOM'
const RAW = { format: 'native', log_type: LOG_TYPE }
const LEGACY = { api: 'legacy', project: undefined }
const WAYS = [
  ['UDM', {}],
  ['raw', RAW],
  ['UDM, v1', { api: 'v1' }],
  ['raw, with a forwarder', { ...RAW, forwarder: 'f-1' }],
  ['UDM, legacy', LEGACY],
  ['raw, legacy', { ...RAW, ...LEGACY }],
] as const

describe.each(WAYS)('%s', (_, options) => {
  test('carries each event as it is', async () => {
    const events = auditEvents(6)
    expect(await write(options, events)).toEqual(Array(6).fill({ kind: 'delivered' }))
    const { format } = open(options)
    const lines = events.map((event) => format.encode(event).toString())
    expect(emulator.entries.map(({ uid }) => uid)).toEqual(events.map(({ uid }) => uid))
    if (format.name === 'udm') {
      expect(emulator.entries.map(({ content }) => content)).toEqual(lines.map((line) => JSON.parse(line)))
      expect(lines.flatMap(validatorOf('udm'))).toEqual([])
    } else {
      expect(emulator.entries.map(({ content }) => content)).toEqual(lines)
      expect(emulator.entries[0]?.time).toBe('2026-11-22T22:00:00Z')
    }
  })

  test('the same batch gives the same bytes, so that Google keeps it once', async () => {
    const { sink, format } = open(options)
    const batch = batchOf(auditEvents(20), format)
    for (const _ of [1, 2]) await writeBatch(sink, batch)
    await sink.close()
    expect(emulator.entries).toHaveLength(20)
    expect(emulator.desk.issued()).toBe(1)
  })

  test('only the guilty event is refused', async () => {
    const events = auditEvents(3)
    emulator.refuse(events[1]?.uid ?? '', 400)
    expect((await write(options, events)).map(({ kind }) => kind)).toEqual(['split', 'split', 'split'])
    const alone = await Promise.all(events.map((event) => write(options, [event])))
    // The engine rejects an event that can't be split any further.
    expect(alone.flat().map(({ kind }) => kind)).toEqual(['delivered', 'split', 'delivered'])
  })

  test('the largest batch is under 1 MB and 1,000 events', async () => {
    const { sink, format, config } = open(options)
    const { maxEvents = 0, maxBytes = 0 } = definition.limits(config as never)
    const length = Math.floor(maxBytes / maxEvents)
    const events = auditEvents(maxEvents).map((event) => ({ ...event, raw: {}, description: '' }))
    const fitting: AuditEvent[] = []
    for (let bytes = 0, at = 0; at < events.length; at++) {
      const event = events[at] as AuditEvent
      const size = format.encode(event).length
      const padded = { ...event, actionName: 'x'.repeat(Math.max(0, length - size)) }
      bytes += format.encode(padded).length
      if (bytes > maxBytes) break
      fitting.push(padded)
    }
    const outcomes = await writeBatch(sink, batchOf(fitting, format))
    await sink.close()
    expect(outcomes.filter(({ kind }) => kind !== 'delivered')).toEqual([])
    expect(fitting.length).toBeGreaterThan(300)
  })

  test('only the event over the limit is rejected, and says why', async () => {
    const huge = { raw: { text: 'x'.repeat(1_000_000) } }
    const events = auditEvents(3).map((event, at) => (at === 1 ? { ...event, ...huge } : event))
    const outcomes = await write(options, events)
    expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
    expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/an entry of \d+ bytes/) })
  })

  test('check finds the instance and sends nothing', async () => {
    expect(await check(options)).toMatchObject({ ok: true, cure: '' })
    expect(emulator.entries).toEqual([])
  })
})

test('a request is never over 1 MB, whatever JSON makes of a text', async () => {
  const events = auditEvents(2).map((event) => ({ ...event, raw: { text: '"'.repeat(150_000) } }))
  const outcomes = await write({ ...RAW, ...LEGACY }, events)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['split', 'split'])
  expect(emulator.requests.filter(({ method }) => method === 'POST')).toEqual([])
})

test.each([
  [999_000, 'delivered'],
  [999_001, 'rejected'],
])('an entry of %i bytes leaves room for what surrounds it: %s', async (size, kind) => {
  const { format } = open()
  const [event] = auditEvents(1) as [AuditEvent]
  const around = '{"udm":}'.length
  const missing = size - around - format.encode({ ...event, actionName: 'x' }).length + 1
  const padded = { ...event, actionName: 'x'.repeat(missing) }
  expect(format.encode(padded).length + around).toBe(size)
  expect((await write({}, [padded])).map((it) => it.kind)).toEqual([kind])
})

test('only an event without any time that a calendar knows is rejected', async () => {
  const events = auditEvents(2).map((it, at) =>
    at === 0 ? it : { ...it, timestamp: 1e15, observedAt: 1e300 },
  )
  expect(await write(RAW, events)).toEqual([
    { kind: 'delivered' },
    { kind: 'rejected', reason: 'its time is none that a calendar knows' },
  ])
})

test('legacy: a time that no calendar knows is left to Google', async () => {
  const event = { ...(auditEvents(1)[0] as AuditEvent), timestamp: 1e15 }
  await write({ ...RAW, ...LEGACY, compression: 'none' }, [event])
  expect(JSON.parse(`${emulator.requests.at(-1)?.body}`).entries).toEqual([{ log_text: expect.any(String) }])
})

test.each([
  ['an event from before it was read', 1795384800, 1795384878123, '2026-11-22T22:01:18.123Z'],
  ['a clock that runs ahead', 1795384800, 1795384700000, '2026-11-22T22:00:00.001Z'],
  ['read at a time that is none', 1795384800, 1e300, '2026-11-22T22:00:00.001Z'],
  ['a time that no calendar knows', 1e15, 1795384878123, '2026-11-22T22:01:18.124Z'],
])('%s: the collection time is after the event', async (_, timestamp, observedAt, collected) => {
  const event = { ...(auditEvents(1)[0] as AuditEvent), timestamp, observedAt }
  expect(await write({ ...RAW, compression: 'none' }, [event])).toEqual([{ kind: 'delivered' }])
  const sent = JSON.parse(`${emulator.requests.at(-1)?.body}`)
  expect(sent.inline_source.logs[0].collection_time).toBe(collected)
})

describe('what an answer means', () => {
  test.each([
    [201, 'retry'],
    [204, 'retry'],
    [302, 'pause'],
    [400, 'split'],
    [401, 'pause'],
    [403, 'pause'],
    [404, 'pause'],
    [405, 'pause'],
    [408, 'retry'],
    [409, 'split'],
    [413, 'split'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ] as const)('%i: %s', async (status, kind) => {
    for (const body of ['', '<html>busy</html>', googleError(status, 'refused').body]) {
      emulator.fail({ status, body, headers: { 'retry-after': '7' } }, 1)
      const [outcome] = await write()
      expect([body, outcome?.kind]).toEqual([body, kind])
      if (status === 429) expect(outcome).toMatchObject({ afterMs: 7000 })
    }
    expect(emulator.entries).toEqual([])
  })

  test.each(['<html>sign in</html>', '[]', '{"error":{}}', '{"failedEvents":[0]}', 'OK'])(
    'a 200 of %j proves nothing',
    async (body) => {
      emulator.fail({ status: 200, body }, 1)
      expect(await write()).toMatchObject([{ kind: 'retry' }])
    },
  )

  test.each(['', '{}', '{ }\n'])('a 200 of %j is success', async (body) => {
    emulator.fail({ status: 200, body }, 1)
    expect(await write()).toEqual([{ kind: 'delivered' }])
  })

  test.each([
    ['INVALID_ARGUMENT', 'invalid log type: PULUMI', 'pause'],
    ['INVALID_ARGUMENT', 'customer_id is not a UUID', 'pause'],
    ['INVALID_ARGUMENT', 'Invalid value for parent', 'pause'],
    ['INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'pause'],
    ['FAILED_PRECONDITION', 'Not ready yet', 'pause'],
    ['INVALID_ARGUMENT', 'events[3].metadata.log_type is not known', 'split'],
    ['INVALID_ARGUMENT', 'entries[2]: log_type is not known', 'split'],
    ['INVALID_ARGUMENT', 'invalid UDM: instance of principal is empty', 'split'],
    ['INVALID_ARGUMENT', 'Request contains an invalid argument.', 'split'],
    ['INVALID_ARGUMENT', 'Request payload size exceeds the limit: 1000000 bytes.', 'split'],
  ])('a 400 of %s, %s: %s', async (status, message, kind) => {
    emulator.fail({ status: 400, body: googleError(400, message, status).body }, 1)
    expect((await write()).map((it) => it.kind)).toEqual([kind])
  })
})

test.each([
  [409, 'ABORTED'],
  [499, 'CANCELLED'],
])('a %i of %s says nothing about the events', async (code, status) => {
  emulator.fail({ status: code, body: googleError(code, 'try again', status).body }, 1)
  expect(await write()).toMatchObject([{ kind: 'retry' }])
})

test.each([409, 413])('a %i about the instance does not blame the settings', async (status) => {
  emulator.fail({ status, body: googleError(status, 'too much for this instance').body }, 1)
  expect(await write()).toMatchObject([{ kind: 'split' }])
})

test('token and key are masked where Google quotes them', async () => {
  const { sink, format } = open()
  const batch = batchOf(auditEvents(1), format)
  await writeBatch(sink, batch)
  const token = String(emulator.requests.at(-1)?.headers.authorization).replace('Bearer ', '')
  emulator.fail({ status: 403, body: `no: ${token} of ${emulator.secret}` }, 1)
  const [outcome] = await writeBatch(sink, batch)
  await sink.close()
  expect(outcome).toMatchObject({ reason: expect.stringContaining('no: [secret] of [secret]') })
})

describe('what a person must fix', () => {
  test.each([
    ['the right to import', 'chronicle.events.import', {}, 'roles/chronicle.editor'],
    ['the right to import raw logs', 'chronicle.logs.import', RAW, 'roles/chronicle.editor'],
    ['another instance', '', { customer_id: '99999999-2222-3333-4444-555555555555' }, 'customer_id'],
    ['an unknown log type', '', { ...RAW, log_type: 'NOBODY' }, 'log_type'],
    ['an unknown log type, legacy', '', { ...RAW, ...LEGACY, log_type: 'NOBODY' }, 'log_type'],
    ['a wrong key', '', { credentials: 'hunter2-hunter2' }, 'credentials'],
  ])('%s', async (_, right, options, cure) => {
    emulator.denied.add(right)
    const outcomes = await write(options)
    expect(outcomes).toMatchObject([{ kind: 'pause', reason: expect.stringContaining(cure) }])
    expect(JSON.stringify(outcomes)).not.toMatch(/hunter2|PRIVATE KEY/)
    expect(emulator.entries).toEqual([])
  })

  test.each([
    ['the right to look', 'chronicle.logTypes.list', {}, 'roles/chronicle.editor'],
    ['another instance', '', { customer_id: '99999999-2222-3333-4444-555555555555' }, 'customer_id'],
    ['an unknown log type', '', { ...RAW, log_type: 'NOBODY' }, 'log_type'],
    ['an unknown log type, legacy', '', { ...RAW, ...LEGACY, log_type: 'NOBODY' }, 'log_type'],
    ['a part of a log type, legacy', '', { ...RAW, ...LEGACY, log_type: 'PULUMI_AUDIT' }, 'log_type'],
    ['a wrong key', '', { credentials: 'hunter2-hunter2' }, 'credentials'],
    ['nobody there', '', { endpoint: 'http://127.0.0.1:9' }, 'port in `endpoint`'],
    [
      'no token server',
      '',
      { credentials: createGoogleTokenDesk().credentials('http://127.0.0.1:9/') },
      'port in `credentials.token_uri`',
    ],
  ])('check: %s', async (_, right, options, cure) => {
    emulator.denied.add(right)
    const result = await check(options)
    expect(result).toMatchObject({ ok: false, cure: expect.stringContaining(cure) })
    expect(JSON.stringify(result)).not.toMatch(/hunter2|PRIVATE KEY/)
  })

  test('check: a login page is not Google SecOps', async () => {
    const page = createServer((_, response) => response.end('<html>sign in</html>')).listen(0, '127.0.0.1')
    onTestFinished(() => void page.close())
    await once(page, 'listening')
    const endpoint = `http://127.0.0.1:${(page.address() as AddressInfo).port}`
    expect(await check({ endpoint })).toMatchObject({ ok: false, detail: expect.stringContaining('sign in') })
  })

  test('a token that has become invalid is replaced', async () => {
    const { sink, format } = open()
    const batch = batchOf(auditEvents(1), format)
    await writeBatch(sink, batch)
    emulator.desk.revoke()
    expect(await writeBatch(sink, batch)).toEqual([{ kind: 'delivered' }])
    await sink.close()
  })
})

test.each([
  [
    { region: undefined },
    'https://us-chronicle.googleapis.com/v1alpha/projects/p/locations/us/instances/C/events:import',
  ],
  [
    { endpoint: 'https://proxy.example//' },
    'https://proxy.example/v1alpha/projects/p/locations/eu/instances/C/events:import',
  ],
  [{}, 'https://eu-chronicle.googleapis.com/v1alpha/projects/p/locations/eu/instances/C/events:import'],
  [
    { region: 'us', api: 'v1', log_type: 'OKTA' },
    'https://us-chronicle.googleapis.com/v1/projects/p/locations/us/instances/C/logTypes/OKTA/logs:import',
  ],
  [{ ...LEGACY, region: 'us' }, 'https://malachiteingestion-pa.googleapis.com/v2/udmevents:batchCreate'],
  [{ ...LEGACY }, 'https://europe-malachiteingestion-pa.googleapis.com/v2/udmevents:batchCreate'],
  [
    { ...LEGACY, region: 'asia-southeast1', log_type: 'OKTA' },
    'https://asia-southeast1-malachiteingestion-pa.googleapis.com/v2/unstructuredlogentries:batchCreate',
  ],
])('%j goes to %s', (options, intake) => {
  const { customer_id } = emulator.options
  const given = config.parse({ customer_id, project: 'p', region: 'eu', ...options })
  expect(placeOf(given).intake).toBe(intake.replace('/C/', `/${customer_id}/`))
})

test.each([
  [{ project: undefined }, 'project', /is required by the Chronicle API/],
  [{ customer_id: 'acme' }, 'customer_id', /UUID/],
  [{ log_type: 'okta' }, 'log_type', /such as PULUMI_AUDIT_CUSTOM/],
  [{ forwarder: 'f-1' }, 'forwarder', /raw logs of the Chronicle API/],
])('%j is refused', (options, path, message) => {
  const { error } = config.safeParse({ ...emulator.options, ...options })
  expect(error?.issues).toMatchObject([{ path: [path], message: expect.stringMatching(message) }])
})

test.each([
  ['native', undefined, 'log_type', /is required with `format: native`/],
  ['udm', 'OKTA', 'log_type', /leave it out/],
] as const)('format %s with log type %s is refused', (format, log_type, option, message) => {
  const given = config.parse({ ...emulator.options, log_type })
  expect(definition.refuse?.(given, format)).toEqual({ option, message: expect.stringMatching(message) })
})

test.each([
  ['udm', undefined],
  ['native', 'OKTA'],
] as const)('format %s with log type %s is accepted', (format, log_type) => {
  expect(definition.refuse?.(config.parse({ ...emulator.options, log_type }), format)).toBeUndefined()
})

test.each(['gzip', 'none'] as const)('the preview names the compression %s', (compression) => {
  const { format } = open()
  const given = config.parse({ ...emulator.options, compression })
  const preview = definition.preview?.(given, { format, version: '0' }, batchOf(auditEvents(1), format))
  expect(preview?.headers?.['content-encoding']).toBe(compression === 'gzip' ? 'gzip' : undefined)
})

test('the preview shows the request and no secret', () => {
  const { format } = open()
  const batch = batchOf(auditEvents(1), format)
  const preview = definition.preview?.(config.parse(emulator.options), { format, version: '0' }, batch)
  expect(preview?.place).toMatch(/^POST .*events:import$/)
  expect(JSON.parse(preview?.body ?? '').inline_source.events[0].udm.metadata.productLogId).toBe(
    batch.events[0]?.uid,
  )
  expect(JSON.stringify(preview)).not.toContain('PRIVATE KEY')
})
