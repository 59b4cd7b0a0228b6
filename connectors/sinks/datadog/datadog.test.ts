import { afterEach, expect, it } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type Datadog, startDatadog } from '../../../test/emulators/datadog/datadog.ts'
import { addressesOf, config } from './config.ts'
import { definition } from './index.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(options: Record<string, unknown> = {}, now?: () => number) {
  const datadog = await startDatadog()
  const { url, key } = datadog
  const all = { endpoint: url, api_endpoint: url, api_key: key, ...options }
  const opened = openSink(definition, all, now)
  open.push({ stop: () => opened.sink.close() }, datadog)
  return { datadog, ...opened }
}

const NO_SIGNAL = new AbortController().signal
const [sample] = auditEvents(1)
if (sample === undefined) throw new Error('no sample')

/** The outcome of each answer to two events. */
it.each<[number, string, string]>([
  [202, '{}', 'delivered'],
  [202, '', 'delivered'],
  [202, '<html>Log in</html>', 'retry'],
  [202, '{"errors":["x"]}', 'retry'],
  [200, '{}', 'retry'],
  [204, '', 'retry'],
  [301, '', 'pause'],
  [400, '{"errors":[{"status":"400"}]}', 'split'],
  [401, '{"errors":[{"status":"401"}]}', 'pause'],
  [403, '{"errors":[{"status":"403"}]}', 'pause'],
  [404, '', 'pause'],
  [408, '', 'retry'],
  [413, '{"errors":[{"status":"413"}]}', 'split'],
  [415, '', 'split'],
  [429, '', 'retry'],
  [500, '', 'retry'],
  [503, '', 'retry'],
])('%i %s: %s', async (status, body, kind) => {
  const { datadog, sink, format } = await start()
  datadog.fail({ status, body }, 1)
  const outcomes = await write(sink, batchOf(auditEvents(2), format))
  expect(outcomes.map((it) => it.kind)).toEqual([kind, kind])
})

it.each([
  ['https://proxy.example', 'https://proxy.example/api/v2/logs'],
  ['https://proxy.example/datadog/', 'https://proxy.example/datadog/api/v2/logs'],
  ['https://proxy.example/datadog?key=1', 'https://proxy.example/datadog/api/v2/logs?key=1'],
  ['https://proxy.example/dd/api/v2/logs', 'https://proxy.example/dd/api/v2/logs'],
])('an intake at %s is posted to %s', (endpoint, intake) => {
  expect(addressesOf(config.parse({ api_key: 'k', endpoint })).intake).toBe(intake)
})

it('wraps the event, which is contained byte for byte', async () => {
  const { datadog, sink, format } = await start({ tags: { env: 'prod' }, hostname: 'büro' })
  const event = { ...sample, severity: 3, actor: { ...sample.actor, email: 'dana@mail.example' } }
  const batch = batchOf([event], format)
  expect(await write(sink, batch)).toEqual([{ kind: 'delivered' }])
  expect(datadog.entries).toEqual([
    {
      ddsource: 'pulumi',
      service: 'pulumi-cloud',
      hostname: 'büro',
      ddtags: 'organization:acme,source:acme,env:prod',
      message: 'web/prod',
      status: 'warn',
      timestamp: event.timestamp * 1000,
      event_uid: event.uid,
      evt: { name: 'stack-created', category: 'stacks', outcome: 'success' },
      usr: { id: 'dana', name: 'DANA', email: 'dana@mail.example' },
      network: { client: { ip: event.sourceIp } },
      pulumi: JSON.parse(Buffer.from(batch.events[0]?.payload ?? []).toString()),
    },
  ])
})

it('sends formats that are not JSON as a text', async () => {
  const { datadog, sink, format } = await start({ format: 'cef' })
  expect(await write(sink, batchOf(auditEvents(2), format))).toHaveLength(2)
  expect(datadog.entries.map(({ pulumi }) => String(pulumi).slice(0, 4))).toEqual(['CEF:', 'CEF:'])
})

it('refuses only the entry of over 1 MB, and says why', async () => {
  const { datadog, sink, format } = await start()
  const [first, second, third] = auditEvents(3)
  if (!first || !second || !third) throw new Error('too few')
  const large = { ...second, description: 'x'.repeat(600_000) }
  const outcomes = await write(sink, batchOf([first, large, third], format))
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
  expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/an entry of 1\d{6} bytes; .* 1000000/) })
  expect(datadog.kept).toEqual([first.uid, third.uid])
  expect((await write(sink, batchOf([large], format))).map(({ kind }) => kind)).toEqual(['rejected'])
})

it('sends no request of over 5 MB, and the largest batch is smaller', async () => {
  const { datadog, sink, format } = await start()
  const many = auditEvents(8).map((event) => ({ ...event, description: 'x'.repeat(400_000) }))
  const outcomes = await write(sink, batchOf(many, format))
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['split']))
  expect(datadog.requests).toEqual([])
  const { maxEvents = 0, maxBytes = 0 } = definition.limits({} as never)
  const largest = auditEvents(maxEvents).map((it) => ({ ...it, description: 'é'.repeat(250) }))
  const batch = batchOf(largest, format)
  expect(batch.bytes).toBeLessThan(maxBytes)
  expect(batch.bytes).toBeGreaterThan(maxBytes / 2)
  expect(new Set((await write(sink, batch)).map(({ kind }) => kind))).toEqual(new Set(['delivered']))
})

it('says once that events are older than 18 hours, and once that they no longer are', async () => {
  const { timestamp } = sample
  let now = (timestamp + 18 * 3_600 + 1) * 1000
  const { sink, format, log } = await start({}, () => now)
  const batch = batchOf([sample], format)
  await write(sink, batch)
  await write(sink, batch)
  expect(log).toEqual([expect.stringContaining('older than 18 hours')])
  now -= 3_600_000
  await write(sink, batch)
  await write(sink, batch)
  expect(log).toHaveLength(2)
})

it('check: the key is taken, and no event is sent', async () => {
  const { sink, datadog } = await start()
  expect(await sink.check?.(NO_SIGNAL)).toMatchObject({ ok: true, cure: '' })
  expect(datadog.kept).toEqual([])
})

it.each<[string, (datadog: Datadog) => Record<string, unknown>, RegExp, RegExp]>([
  ['a wrong key', () => ({ api_key: 'wrong' }), /HTTP 403: .*Forbidden/, /`api_key`.*`site`/],
  ['nobody there', () => ({ api_endpoint: 'http://127.0.0.1:1' }), /ECONNREFUSED/, /firewall/],
])('check: %s', async (_, options, detail, cure) => {
  const { sink } = await start(options({} as Datadog))
  const check = await sink.check?.(NO_SIGNAL)
  expect(check).toMatchObject({ ok: false, detail: expect.stringMatching(detail) })
  expect(check?.cure).toMatch(cure)
})

it('a wrong key pauses, with the words of Datadog', async () => {
  const { sink, format } = await start({ api_key: 'wrong' })
  const [outcome] = await write(sink, batchOf([sample], format))
  expect(outcome).toEqual({ kind: 'pause', reason: expect.stringMatching(/HTTP 403: .*Forbidden/) })
})

it('knows the addresses of a site', () => {
  const options = definition.config.parse({ api_key: 'k', site: 'us5.datadoghq.com' }) as never
  const context = { format: { contentType: 'application/json' }, version: '1' } as never
  const empty = { source: 'acme', organization: 'acme', events: [], bytes: 0 }
  const preview = definition.preview?.(options, context, empty)
  expect(preview?.place).toBe('POST https://http-intake.logs.us5.datadoghq.com/api/v2/logs')
  expect(preview?.headers?.['dd-api-key']).toBe('[secret]')
})

it.each(['a,b', 'a b', ''])('refuses the tag value %j', (value) => {
  expect(definition.config.safeParse({ api_key: 'k', tags: { env: value } }).success).toBe(false)
})
