import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { describeSink } from '../../../test/conformance/sink-suite.ts'
import {
  startWebhookReceiver,
  type WebhookReceiver,
  type WebhookRequest,
} from '../../../test/emulators/webhook/receiver.ts'
import { listen } from '../../../test/loopback.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { harnessOf } from './harness.ts'
import { definition } from './index.ts'

const OLD = `whsec_${Buffer.alloc(24, 'old').toString('base64')}`
const NEW = `whsec_${Buffer.alloc(32, 'new').toString('base64')}`

let receiver: WebhookReceiver

beforeEach(async () => {
  receiver = await startWebhookReceiver()
})
afterEach(() => receiver.stop())

function open(options: Record<string, unknown> = {}, now?: () => number) {
  const it = openSink(definition, { endpoint: receiver.url, ...options }, now)
  onTestFinished(() => it.sink.close())
  return { ...it, batchOf: (count: number) => batchOf(auditEvents(count), it.format) }
}

describe.each(['batch', 'ndjson', 'cloudevents', 'cloudevents_batch'] as const)(
  'conformance in mode %s',
  (mode) => {
    const example = () => readFile(new URL('example.yaml', import.meta.url), 'utf8')
    describeSink({ definition, harness: harnessOf(mode), example })
  },
)

describe('signatures', () => {
  it('verify with the old and with the new secret while rotating', async () => {
    const { sink, batchOf } = open({ secret: [NEW, OLD] })
    await write(sink, batchOf(1))
    const { body, headers } = only(receiver.requests)
    for (const secret of [OLD, NEW]) {
      expect(new Webhook(secret).verify(body, { ...headers })).toMatchObject({
        type: 'pulumi.audit.stack_created',
      })
    }
    expect(() => new Webhook('whsec_b3RoZXI=').verify(body, { ...headers })).toThrow('No matching signature')
  })

  it('cover the body before compression', async () => {
    const { sink, batchOf } = open({ secret: NEW, mode: 'batch', compression: 'gzip' })
    await write(sink, batchOf(50))
    const { body, headers, uids } = only(receiver.requests)
    expect(headers['content-encoding']).toBe('gzip')
    expect(Number(headers['content-length'])).toBeLessThan(body.length / 3)
    expect(uids).toHaveLength(50)
    expect(() => new Webhook(NEW).verify(body, { ...headers })).not.toThrow()
  })

  it('are made anew for each attempt, with the same id', async () => {
    let now = Date.now()
    const { sink, batchOf } = open({ secret: NEW }, () => now)
    receiver.fail({ status: 503 }, 1)
    await write(sink, batchOf(1))
    now += 60_000
    await write(sink, batchOf(1))
    const [first, second] = receiver.requests.map(({ headers }) => headers)
    expect(first?.['webhook-id']).toBe(`evt_${auditEvents(1)[0]?.uid}`)
    expect(second?.['webhook-id']).toBe(first?.['webhook-id'])
    expect(Number(second?.['webhook-timestamp']) - Number(first?.['webhook-timestamp'])).toBe(60)
    expect(second?.['webhook-signature']).not.toBe(first?.['webhook-signature'])
  })

  it.each([
    ['single', 400, 3_600_000, 'pause', /; the clock here is 60 min ahead of the receiver's, .* NTP$/],
    ['batch', 422, -86_400_000, 'pause', /; the clock here is 1440 min behind the receiver's/],
    ['single', 401, 3_600_000, 'pause', /; the clock here is 60 min ahead/],
    ['single', 400, 240_000, 'rejected', /^HTTP 400[^;]*$/],
  ])(
    'in mode %s that are refused with %d by a clock %d ms off: %s',
    async (mode, status, off, kind, said) => {
      const { sink, batchOf } = open({ secret: NEW, mode }, () => Date.now() + off)
      receiver.fail({ status }, 2)
      const [outcome] = await write(sink, batchOf(1))
      expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(said) })
    },
  )

  it('follow a secret file that is rotated', async () => {
    let text = OLD
    const { sink, batchOf } = open({ secret: new Secret(() => text) })
    await write(sink, batchOf(1))
    text = NEW
    await write(sink, batchOf(1))
    const [first, second] = receiver.requests
    expect(() => new Webhook(OLD).verify(first?.body ?? '', { ...first?.headers })).not.toThrow()
    expect(() => new Webhook(NEW).verify(second?.body ?? '', { ...second?.headers })).not.toThrow()
    text = 'nonsense'
    const [outcome] = await write(sink, batchOf(1))
    expect(outcome).toEqual({ kind: 'retry', reason: 'signing secret: expected whsec_… or whsk_…' })
  })

  it('are left out without a secret, but the id is not', async () => {
    const { sink, batchOf } = open()
    await write(sink, batchOf(1))
    const { headers } = only(receiver.requests)
    expect(headers).not.toHaveProperty('webhook-signature')
    expect(headers['webhook-id']).toMatch(/^evt_/)
  })
})

describe('what waits for a person says what to do', () => {
  async function outcomeOf(status: number, headers: Record<string, string>) {
    const server = createServer((_, answer) => answer.writeHead(status, headers).end('sorry'))
    const port = await listen(server)
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${port}`
    const { sink, batchOf } = open({ endpoint: `${url}/hook` })
    return { outcome: (await write(sink, batchOf(1)))[0] }
  }

  it('an unknown address', async () => {
    const { outcome } = await outcomeOf(404, {})
    expect(outcome).toEqual({ kind: 'pause', reason: 'HTTP 404: sorry; check the path in `endpoint`' })
  })

  it.each([301, 302, 307, 308])(
    'a redirect with %i, with its target but without what may be secret',
    async (status) => {
      const { outcome } = await outcomeOf(status, { location: 'https://login.example/s3cret?token=s3cret' })
      expect(outcome).toEqual({
        kind: 'pause',
        reason: `HTTP ${status}: sorry; redirects to https://login.example, which is never followed: set \`endpoint\` to where events are taken`,
      })
    },
  )

  it('a redirect within the server, and one that leads nowhere', async () => {
    const { outcome } = await outcomeOf(301, { location: '/hook/' })
    expect(outcome).toMatchObject({
      reason: expect.stringContaining('redirects to another path of the same server, '),
    })
    const file = await outcomeOf(302, { location: 'file:///etc/passwd' })
    expect(file.outcome).toMatchObject({
      reason: expect.stringContaining('redirects to an address that is no web address, '),
    })
    const nowhere = await outcomeOf(300, {})
    expect(nowhere.outcome).toEqual({
      kind: 'pause',
      reason: 'HTTP 300: sorry: set `endpoint` to where events are taken',
    })
  })

  it('a success that comes with a web page: a portal may have sent it. It is said once', async () => {
    const page = '<!DOCTYPE html>\n<html><title>Sign in</title></html>'
    const server = createServer((_, answer) => answer.end(page))
    const port = await listen(server)
    onTestFinished(() => void server.close())
    const { sink, batchOf, log } = open({ endpoint: `http://127.0.0.1:${port}` })
    expect(await write(sink, batchOf(9))).toContainEqual({ kind: 'delivered' })
    expect(log).toEqual([expect.stringMatching(/answered with a web page: check that `endpoint`.*Sign in/)])
  })

  it('an unknown host', async () => {
    const { sink, batchOf } = open({ endpoint: 'http://nowhere.invalid/hook' })
    expect((await write(sink, batchOf(1)))[0]).toEqual({
      kind: 'pause',
      reason: 'getaddrinfo ENOTFOUND nowhere.invalid: check the host name in `endpoint`',
    })
  })
})

describe('headers', () => {
  it.each([
    [404, 'Cannot POST /services/T0123/B0123/abcDEF%2Fghi012?key=jkl345mno678', 'Cannot POST [secret]'],
    [400, '{"path":"/services/T0123/B0123/abcDEF%2Fghi012"}', '{"path":"[secret]"}'],
    [400, 'no hook abcDEF/ghi012', 'no hook [secret]'],
    [403, 'key=JKL345MNO678 is not known', 'key=[secret] is not known'],
  ])('a path and a query that are the key are masked in a %i that says %s', async (status, body, shown) => {
    receiver.fail({ status, body }, 1)
    const endpoint = new URL('/services/T0123/B0123/abcDEF%2Fghi012?key=jkl345mno678', receiver.url).href
    const { sink, batchOf } = open({ endpoint })
    expect(JSON.stringify(await write(sink, batchOf(1)))).toContain(JSON.stringify(shown).slice(1, -1))
  })

  it('are sent as configured, secrets revealed', async () => {
    const { sink, batchOf } = open({ headers: { 'X-Api-Key': 'k3y', 'Content-Type': 'application/json' } })
    await write(sink, batchOf(1))
    expect(only(receiver.requests).headers).toMatchObject({
      'x-api-key': 'k3y',
      'content-type': 'application/json',
      'user-agent': 'auditferry/0.0.0',
    })
  })

  it.each([
    [{ type: 'bearer', token: 't0ken' }, 'Bearer t0ken'],
    [
      { type: 'basic', username: 'ünser', password: 'p:w' },
      `Basic ${Buffer.from('ünser:p:w').toString('base64')}`,
    ],
  ])('authenticate: %j', async (auth, expected) => {
    const { sink, batchOf } = open({ auth })
    await write(sink, batchOf(1))
    expect(only(receiver.requests).headers.authorization).toBe(expected)
  })

  it.each(['sha256', 'sha512'] as const)('carry an HMAC of the body with %s', async (algorithm) => {
    const auth = {
      type: 'hmac',
      secret: 'k3y',
      header: 'X-Hub-Signature',
      algorithm,
      prefix: `${algorithm}=`,
    }
    const { sink, batchOf } = open({ auth, mode: 'ndjson' })
    await write(sink, batchOf(3))
    const { headers, body } = only(receiver.requests)
    const digest = createHmac(algorithm, 'k3y').update(body).digest('hex')
    expect(headers['x-hub-signature']).toBe(`${algorithm}=${digest}`)
  })
})

describe('options', () => {
  it.each([
    ['user and password in the address', { endpoint: 'https://u:p@hooks.example' }, 'endpoint'],
    ['a header that the sink sets', { headers: { 'Webhook-Id': 'x' } }, 'headers'],
    ['a header of the connection', { headers: { Expect: '100-continue' } }, 'headers'],
    ['a header with a line break', { headers: { 'x-a': 'a\r\nx-b: c' } }, 'headers'],
    ['a header name with a blank', { headers: { 'x a': 'a' } }, 'headers'],
    [
      'authorization twice',
      { headers: { Authorization: 'x' }, auth: { type: 'bearer', token: 'y' } },
      'headers',
    ],
    [
      'the header of the HMAC twice',
      { headers: { 'x-signature': 'x' }, auth: { type: 'hmac', secret: 'y' } },
      'headers',
    ],
    [
      'an HMAC in a header that the sink sets',
      { auth: { type: 'hmac', secret: 'y', header: 'Content-Type' } },
      'auth',
    ],
    ['a secret without prefix', { secret: 'c2VjcmV0' }, 'secret'],
    ['no secret in the list', { secret: [] }, 'secret'],
    ['an unknown authentication', { auth: { type: 'digest' } }, 'auth'],
  ])('refuse %s', (_, options, key) => {
    const { error } = definition.config.safeParse({ endpoint: 'https://hooks.example', ...options })
    expect(error?.issues.map(({ path }) => path[0])).toEqual([key])
  })
})

describe('outcomes', () => {
  const rows: [kinds: { single: string; batch: string }, statuses: number[]][] = [
    [{ single: 'delivered', batch: 'delivered' }, [200, 201, 202, 204, 299]],
    [{ single: 'pause', batch: 'pause' }, [301, 302, 303, 307, 308, 401, 403, 404, 405, 410]],
    [{ single: 'retry', batch: 'retry' }, [408, 425, 429, 500, 501, 502, 503, 504, 529]],
    [{ single: 'split', batch: 'split' }, [413]],
    [{ single: 'rejected', batch: 'split' }, [400, 402, 406, 409, 411, 415, 418, 422, 431, 451]],
  ]
  const table = rows.flatMap(([kinds, statuses]) =>
    statuses.flatMap((status) =>
      (['single', 'batch'] as const).map((mode) => ({ status, mode, kind: kinds[mode] })),
    ),
  )

  function cureOf(status: number): string {
    if ([401, 403].includes(status)) return '; check `auth`, `headers` and `secret`'
    if ([404, 405, 410].includes(status)) return '; check the path in `endpoint`'
    if (status >= 400) return ''
    return `; redirects to ${new URL(receiver.url).origin}, which is never followed: set \`endpoint\` to where events are taken`
  }

  it.each(table)('$status in mode $mode: $kind', async ({ status, mode, kind }) => {
    const { sink, batchOf } = open({ mode })
    // A redirect that is followed would end at 204.
    receiver.fail(
      { status, headers: { location: receiver.url }, ...(status !== 204 && { body: 'because' }) },
      1,
    )
    const [outcome] = await write(sink, batchOf(1))
    expect(outcome?.kind).toBe(kind)
    if (outcome !== undefined && outcome.kind !== 'delivered')
      expect(outcome.reason).toBe(`HTTP ${status}: because${cureOf(status)}`)
    expect(receiver.requests).toHaveLength(1)
  })

  it('retry if nobody answers, pause if the certificate is not trusted', async () => {
    const { sink, batchOf } = open()
    await receiver.stop()
    expect((await write(sink, batchOf(2))).map(({ kind }) => kind)).toEqual(['retry', 'retry'])
  })

  it('keep no more of an answer than a dead letter needs', async () => {
    const { sink, batchOf } = open()
    receiver.fail({ status: 400, body: 'x'.repeat(1_000_000) }, 1)
    const [outcome] = await write(sink, batchOf(1))
    if (outcome?.kind !== 'rejected') throw new Error('expected a rejected event')
    expect(outcome.answer).toHaveLength(4096)
  })
})

describe('one request per event', () => {
  it('never sends more than eight at once', async () => {
    const { sink, batchOf } = open()
    receiver.fail({ hang: true }, 8)
    const controller = new AbortController()
    const outcomes = write(sink, batchOf(100), controller.signal)
    await receiver.arrived(8)
    controller.abort()
    expect((await outcomes).every(({ kind }) => kind === 'retry')).toBe(true)
    expect(receiver.requests).toHaveLength(8)
  })

  it('stops sending when the receiver is in trouble', async () => {
    const { sink, batchOf } = open()
    receiver.fail({ status: 401 }, 100)
    const outcomes = await write(sink, batchOf(100))
    expect(outcomes.map(({ kind }) => kind)).toEqual(new Array(100).fill('pause'))
    expect(receiver.requests.length).toBeLessThanOrEqual(8)
  })

  it('goes on past refused events', async () => {
    const { sink, batchOf } = open()
    const batch = batchOf(30)
    const refused = [batch.events[0], batch.events[13]].map((event) => event?.uid ?? '')
    for (const uid of refused) receiver.refuse(uid, 422)
    const { rejected, delivered, outcomes } = await deliver(sink, batch)
    expect(rejected).toEqual(refused)
    expect(delivered).toHaveLength(28)
    expect(outcomes).toHaveLength(30)
    expect(outcomes[0]).toMatchObject({ kind: 'rejected', reason: `HTTP 422: cannot process ${refused[0]}` })
  })
})

describe('TLS and check', () => {
  async function startTls() {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    })
    const secure = await startWebhookReceiver({ tls: { key, cert } })
    const folder = await mkdtemp(join(tmpdir(), 'auditferry-tls-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    onTestFinished(() => secure.stop())
    await writeFile(join(folder, 'ca.pem'), cert)
    return { secure, caFile: join(folder, 'ca.pem') }
  }

  it('trusts the CA that is configured, and no other', async () => {
    const { secure, caFile } = await startTls()
    const strange = open({ endpoint: secure.url })
    expect(await write(strange.sink, strange.batchOf(1))).toMatchObject([{ kind: 'pause' }])
    const result = await strange.sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toMatchObject({ ok: false, cure: expect.stringContaining('tls.ca_file') })
    const known = open({ endpoint: secure.url, tls: { ca_file: caFile } })
    expect(await write(known.sink, known.batchOf(1))).toEqual([{ kind: 'delivered' }])
    expect(secure.received()).toHaveLength(1)
  })

  it('checks with a HEAD request that carries no event', async () => {
    const { sink } = open({ auth: { type: 'bearer', token: 't0ken' } })
    receiver.fail({ status: 405 }, 1)
    const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toMatchObject({ ok: true, detail: expect.stringContaining('405') })
    expect(receiver.requests.map(({ method, uids }) => [method, uids.length])).toEqual([['HEAD', 0]])
  })

  it('a check recognises a refusal for which HEAD has no page', async () => {
    const body = '<html>\r\n<head><title>400 The SSL certificate error</title></head>'
    const { sink } = open()
    receiver.fail({ status: 400, body }, 2)
    expect(await sink.check?.(AbortSignal.timeout(PATIENCE_MS))).toMatchObject({
      ok: false,
      detail: expect.stringContaining('HTTP 400: The SSL certificate error'),
      cure: expect.stringContaining('`tls.cert_file`'),
    })
    receiver.fail({ status: 400, body: 'no event' }, 2)
    expect(await sink.check?.(AbortSignal.timeout(PATIENCE_MS))).toMatchObject({
      ok: true,
      detail: expect.stringContaining('400, no event was sent'),
    })
    expect(receiver.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'HEAD', 'GET'])
  })

  it('says in plain words that an https:// address does not speak TLS', async () => {
    const { sink } = open({ endpoint: receiver.url.replace('http:', 'https:') })
    const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toEqual({
      ok: false,
      detail: `${new URL(receiver.url).origin.replace('http:', 'https:')}: TLS: SSL routines: wrong version number`,
      cure: 'no TLS is spoken there: check host and port in `endpoint`, and the proxy; without TLS the address begins with http://',
    })
  })

  it('checks an endpoint that does not exist', async () => {
    const { sink } = open()
    await receiver.stop()
    const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
    expect(result).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') })
    expect(result?.cure).not.toBe('')
  })
})

function only(requests: readonly WebhookRequest[]): WebhookRequest {
  const [request] = requests
  if (request === undefined || requests.length > 1)
    throw new Error(`expected one request, not ${requests.length}`)
  return request
}
