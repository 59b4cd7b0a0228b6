import { afterEach, expect, it } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { startSentinel } from '../../../test/emulators/sentinel/sentinel.ts'
import { config, ingestionAddress } from './config.ts'
import { definition } from './index.ts'
import { judge } from './sink.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(options: Record<string, unknown> = {}, auth: Record<string, unknown> = {}) {
  const sentinel = await startSentinel()
  const own = { ...sentinel.options, auth: { ...Object(sentinel.options.auth), ...auth } }
  const opened = openSink(definition, { ...own, ...options })
  open.push({ stop: () => opened.sink.close() }, sentinel)
  return { sentinel, ...opened }
}

const NO_SIGNAL = new AbortController().signal

/** The outcome of each answer. */
it.each<[number, string]>([
  [204, 'delivered'],
  [200, 'retry'],
  [202, 'retry'],
  [302, 'pause'],
  [400, 'split'],
  [401, 'pause'],
  [403, 'pause'],
  [404, 'pause'],
  [408, 'retry'],
  [413, 'split'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
])('%i: %s', (status, kind) => {
  expect(judge({ status, headers: {}, body: '' }, 0).kind).toBe(kind)
})

it.each([
  ['InvalidStream', 'The stream was not configured.', 'pause'],
  ['InvalidRequest', "Data collection rule with immutable Id 'dcr-1' is not valid.", 'pause'],
  ['InvalidPayload', 'A row is not of the stream.', 'split'],
])('400 %s: %s %s', (code, message, kind) => {
  const body = JSON.stringify({ error: { code, message } })
  expect(judge({ status: 400, headers: {}, body }, 0).kind).toBe(kind)
})

const DCR = 'dcr-0123456789abcdef0123456789abcdef'
const RULE = `/dataCollectionRules/${DCR}/streams/Custom-PulumiAudit_CL`

it.each(['', '/', '/monitor/', `${RULE}?api-version=2021-11-01-preview`])(
  'an endpoint that ends in %s keeps its path',
  (path) => {
    const endpoint = `https://gateway.example${path}`
    const before = path.startsWith('/monitor') ? '/monitor' : ''
    expect(ingestionAddress(config.parse({ endpoint, dcr_immutable_id: DCR }))).toBe(
      `https://gateway.example${before}${RULE}?api-version=2023-01-01`,
    )
  },
)

it('a row is the native event with its time, and one token serves many writes', async () => {
  const { sentinel, sink, format } = await start()
  const batch = batchOf(auditEvents(3), format)
  await write(sink, batch)
  await write(sink, batch)
  expect(sentinel.rows.slice(0, 3)).toEqual(
    batch.events.map(({ payload, timestamp }) => ({
      TimeGenerated: `${new Date(timestamp * 1000).toISOString().slice(0, 19)}Z`,
      ...JSON.parse(Buffer.from(payload).toString()),
    })),
  )
  expect(sentinel.tokens()).toBe(1)
})

it('accepts ASIM rows as they are', async () => {
  const { sentinel, sink, format } = await start({ format: 'asim', stream: 'Microsoft-ASimAuditEventLogs' })
  const batch = batchOf(auditEvents(2), format)
  await write(sink, batch)
  expect(sentinel.rows).toEqual(
    batch.events.map(({ payload }) => JSON.parse(Buffer.from(payload).toString())),
  )
})

it('refuses a field of over 64 KB, which Azure would truncate, and delivers its neighbours', async () => {
  const { sentinel, sink, format } = await start()
  const events = auditEvents(3).map((it, at) => ({ ...it, description: at === 1 ? 'é'.repeat(40_000) : 'x' }))
  const outcomes = await write(sink, batchOf(events, format))
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
  expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining('the field description') })
  expect(sentinel.kept).toHaveLength(2)
})

it('sends no call of over 1 MB, and the largest batch is smaller', async () => {
  const { sentinel, sink, format } = await start()
  const many = auditEvents(20).map((it) => ({ ...it, description: 'x'.repeat(60_000) }))
  expect(new Set((await write(sink, batchOf(many, format))).map(({ kind }) => kind))).toEqual(
    new Set(['split']),
  )
  expect(sentinel.kept).toEqual([])
  const { maxEvents = 0, maxBytes = 0 } = definition.limits({} as never)
  expect(maxBytes + maxEvents * '{"TimeGenerated":"2026-11-22T22:00:00Z",,'.length).toBeLessThanOrEqual(
    1_048_576,
  )
})

it.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp, RegExp]>([
  ['a wrong secret', {}, { client_secret: 'wrong' }, /AADSTS7000215/, /`auth.client_secret`/],
  [
    'another tenant',
    {},
    { tenant_id: '99999999-2222-3333-4444-555555555555' },
    /AADSTS90002|endpoints_resolution|not found/,
    /tenant_id|`auth`/,
  ],
  [
    'another rule',
    { dcr_immutable_id: `dcr-${'f'.repeat(32)}` },
    {},
    /HTTP 404.*not found/,
    /`dcr_immutable_id`/,
  ],
  ['an unknown CA', { tls: {} }, {}, /certificate/, /ca_file/],
])('%s: check names the cure, and a write pauses', async (_, options, auth, detail, cure) => {
  const { sink, format } = await start(options, auth)
  const check = await sink.check?.(NO_SIGNAL)
  expect(check).toMatchObject({ ok: false, detail: expect.stringMatching(detail) })
  expect(check?.detail).not.toContain('[secret]')
  expect(check?.cure).toMatch(cure)
  const [outcome] = await write(sink, batchOf(auditEvents(1), format))
  expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringMatching(detail) })
})

it('a refusal of Entra is told in one sentence, followed by its cure', async () => {
  const { sink, format } = await start({}, { client_secret: 'wrong' })
  const [outcome] = await write(sink, batchOf(auditEvents(1), format))
  const reason = expect.stringMatching(/Invalid client secret provided: check `auth.client_secret` [^:]*$/)
  expect(outcome).toEqual({ kind: 'pause', reason })
})

it('a token that Azure Monitor refuses is not sent again', async () => {
  const { sentinel, sink, format } = await start()
  const batch = batchOf(auditEvents(1), format)
  sentinel.fail({ status: 401 }, 1)
  expect(await write(sink, batch)).toMatchObject([{ kind: 'pause' }])
  expect(await write(sink, batch)).toEqual([{ kind: 'delivered' }])
  expect(sentinel.tokens()).toBe(2)
})

it('a client secret that was replaced in its file is used', async () => {
  let current = 'the-old-one'
  const { sentinel, sink, format } = await start({}, { client_secret: new Secret(() => current) })
  const batch = batchOf(auditEvents(1), format)
  expect(await write(sink, batch)).toMatchObject([{ kind: 'pause' }])
  current = sentinel.secret
  expect(await write(sink, batch)).toEqual([{ kind: 'delivered' }])
  expect(sentinel.kept).toHaveLength(1)
})

it.each<[string, RegExp]>([
  ['', /HTTP 503$/],
  ['<html>Service Unavailable</html>', /: <html>Service Unavailable<\/html>$/],
  [
    '{"error":"server_error","error_description":"AADSTS90033"}',
    /: \{"error":"server_error".*AADSTS90033"\}$/,
  ],
  [`${'x'.repeat(195)} ent~Q8secret.of.the.app`, /: x{195} \[sec$/],
])('Entra that answers 503 with %j is tried again, and named once', async (body, said) => {
  const { sentinel, sink, format } = await start()
  sentinel.failTokens({ status: 503, body })
  const [outcome] = await write(sink, batchOf(auditEvents(1), format))
  const check = await sink.check?.(NO_SIGNAL)
  const reason = expect.stringMatching(said)
  expect(outcome).toEqual({ kind: 'retry', reason })
  expect(check).toMatchObject({ ok: false, detail: reason })
  const start503 = `no token from ${new URL(sentinel.url).host}: HTTP 503`
  for (const text of [check?.detail ?? '', JSON.stringify(outcome)])
    expect(text.split(start503)).toHaveLength(2)
})

it.each<['openid-configuration' | 'token', object]>([
  ['openid-configuration', { status: 503, body: '<html>Service Unavailable</html>' }],
  [
    'token',
    { status: 429, body: '{"error":"throttled","error_description":"AADSTS90055: too many requests"}' },
  ],
  ['token', { status: 503, body: '{"error":"invalid_client","error_description":"AADSTS90006"}' }],
])('Entra in trouble that answers %s with %j is waited for, as long as it asks', async (at, answer) => {
  const { sentinel, sink, format } = await start()
  const batch = batchOf(auditEvents(1), format)
  sentinel.failTokens({ status: 500, ...answer, headers: { 'retry-after': '7' } }, at)
  const [outcome] = await write(sink, batch)
  const reason = expect.stringMatching(/^no token from 127\.0\.0\.1:\d+: HTTP (429|503)/)
  expect(outcome).toEqual({ kind: 'retry', reason, afterMs: 7_000 })
  sentinel.failTokens()
  expect(await write(sink, batch)).toEqual([{ kind: 'delivered' }])
})

it('an authority that is not Entra: the cure names it', async () => {
  const { sentinel, sink, format } = await start()
  sentinel.failTokens(
    { status: 200, body: '<html>Sign in to the guest network</html>' },
    'openid-configuration',
  )
  const [outcome] = await write(sink, batchOf(auditEvents(1), format))
  expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringMatching(/`proxy`/) })
})

it('check: an empty array passes, and stores nothing', async () => {
  const { sentinel, sink } = await start()
  expect(await sink.check?.(NO_SIGNAL)).toMatchObject({ ok: true, cure: '' })
  expect(sentinel.rows).toEqual([])
})
