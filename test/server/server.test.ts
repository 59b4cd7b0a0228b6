import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { OperationError, UsageError } from '../../src/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { sampleStatus } from '../ops/sample-status.ts'
import { ownTime } from '../own-time.ts'
import { createFakeEngine, letter } from './fake-engine.ts'

const running: RunningServer[] = []

afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

test('answers health, readiness, metrics, status and a page that names them', async () => {
  const { ask, engine } = await start()
  expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, json: { ok: true } })
  expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, json: { ready: true, reasons: [] } })
  engine.reasons = ['store: disk full']
  expect(await ask('GET', '/readyz')).toMatchObject({ status: 503, json: { reasons: ['store: disk full'] } })
  const metrics = await ask('GET', '/metrics')
  expect(metrics).toMatchObject({ status: 200, body: 'auditferry_spool_bytes 1\n' })
  expect(metrics.headers['content-type']).toContain('text/plain')
  expect((await ask('GET', '/api/v1/status')).json).toEqual(sampleStatus)
  const page = await ask('GET', '/')
  for (const path of ['/healthz', '/metrics', '/api/v1/status', '/api/v1/dead-letters/retry']) {
    expect(page.body).toContain(path)
  }
  const head = await ask('HEAD', '/healthz')
  expect([head.status, head.body]).toEqual([200, ''])
})

test('lists dead letters in the public shape', async () => {
  const { ask } = await start()
  const { json } = await ask('GET', '/api/v1/dead-letters?sink=hook&state=parked&limit=5')
  expect(json).toEqual({
    deadLetters: [
      {
        id: 'b1',
        sink: 'hook',
        source: 'acme',
        uid: 'b1'.repeat(32),
        at: '2026-11-22T21:00:00.000Z',
        attempts: 1,
        reason: 'HTTP 400: Incorrect data format',
        answer: '{"code":5}',
        state: 'parked',
        event: { uid: 'b1'.repeat(32), action: 'stack-created' },
      },
    ],
  })
  expect((await ask('GET', '/api/v1/dead-letters?limit=2')).json.deadLetters).toHaveLength(2)
  for (const after of ['a1', '2026-11-22T21:00:00.000Z', '2026-99-22T21:00:00.000Z,a1']) {
    expect((await ask('GET', `/api/v1/dead-letters?after=${after}`)).status).toBe(400)
  }
  expect((await ask('GET', '/api/v1/dead-letters?id=a1&id=b1')).json.deadLetters).toHaveLength(2)
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'state=lost', 'sinc=soc', 'limit=1&limit=2']) {
    expect([query, (await ask('GET', `/api/v1/dead-letters?${query}`)).status]).toEqual([query, 400])
  }
})

test('a browser that has the console’s files gets none again, also behind a proxy that compresses them', async () => {
  const { ask } = await start({ console: true })
  const path = '/assets/app.js'
  const { headers } = await ask('GET', path)
  // One for both encodings, so a weak one: RFC 9110, 8.8.3.3.
  expect(headers.etag).toMatch(/^W\/"[0-9a-f]{16}"$/)
  const opaque = String(headers.etag).replace('W/', '')
  for (const known of [headers.etag, opaque, `"other", W/${opaque}`, '*']) {
    const again = await ask('GET', path, undefined, { 'if-none-match': String(known) })
    // A length would have to be that of the file: RFC 9110, 8.6.
    expect([again.status, again.headers['content-length']]).toEqual([304, undefined])
  }
  const other = await ask('GET', path, undefined, { 'if-none-match': '"other"' })
  expect(other.status).toBe(200)
  // At `/` others get text.
  const page = await ask('GET', '/', undefined, { accept: 'text/html' })
  expect(page.headers.vary).toBe('accept, accept-encoding')
})

test('queues and drops what was selected, and nothing by omission', async () => {
  const { ask, engine } = await start()
  const retry = '/api/v1/dead-letters/retry'
  expect((await ask('POST', retry, { ids: ['a1'] })).json).toEqual({ queued: 1 })
  expect(engine.letters.map(({ state }) => state)).toEqual(['queued', 'parked', 'parked'])
  for (const body of [{}, { all: false }, { all: true, sink: 'soc' }, { ids: [] }, { sink: 3 }, [], null]) {
    expect([body, (await ask('POST', '/api/v1/dead-letters/drop', body)).status]).toEqual([body, 400])
  }
  expect(engine.letters).toHaveLength(3)
  expect((await ask('POST', '/api/v1/dead-letters/drop', { sink: 'soc' })).json).toEqual({ dropped: 2 })
  expect((await ask('POST', '/api/v1/dead-letters/drop', { all: true })).json).toEqual({ dropped: 1 })
})

test.each(['retry', 'drop'])(
  '%s of an unknown sink names the known ones; a removed one is known by what it left',
  async (verb) => {
    const { ask, engine } = await start()
    const of = (sink: string) => ask('POST', `/api/v1/dead-letters/${verb}`, { sink })
    const names = Object.keys(sampleStatus.sinks).join(', ')
    expect(await of('sock')).toMatchObject({
      status: 404,
      json: { error: `there is no sink sock; there is ${names} (did you mean soc?)` },
    })
    engine.letters = [letter('c1', 'removed')]
    expect([(await of('removed')).status, (await of('soc')).status]).toEqual([200, 200])
  },
)

test.each(['dead-letters', 'dead-letters/export'])(
  '%s of an unknown sink is none, of one without any it is empty',
  async (list) => {
    const { ask, engine } = await start()
    const of = (sink: string) => ask('GET', `/api/v1/${list}?sink=${sink}`)
    const names = Object.keys(sampleStatus.sinks).join(', ')
    expect(await of('sock')).toMatchObject({
      status: 404,
      json: { error: `there is no sink sock; there is ${names} (did you mean soc?)` },
    })
    engine.letters = [letter('c1', 'removed')]
    expect([(await of('removed')).status, (await of('soc')).status]).toEqual([200, 200])
    expect((await ask('GET', `/api/v1/${list}?sink=removed&id=c2`)).status).toBe(
      list.endsWith('s') ? 200 : 400,
    )
  },
)

test('says in its own words what is wrong with a body', async () => {
  const { ask } = await start()
  const { json } = await ask('POST', '/api/v1/replays', { from: 'x', to: 2, sinc: 'soc' })
  expect(json.error).toBe('sink: is missing; from: expected a number; sinc: is not known')
  for (const body of [[], null, 'text']) {
    expect((await ask('POST', '/api/v1/replays', JSON.stringify(body))).json.error).toBe(
      'expected a JSON object',
    )
  }
  expect((await ask('POST', '/api/v1/backfills', {})).json.error).toBe(
    'source: is missing; from: is missing; to: is missing',
  )
  expect((await ask('POST', '/api/v1/backfills', { source: 5, from: 0.5, to: '' })).json.error).toBe(
    'source: expected text; from: expected a whole number; to: expected a number',
  )
  expect((await ask('POST', '/api/v1/replays', { sink: 'soc', from: 2, to: 2 })).json.error).toBe(
    'from must lie before to',
  )
  expect((await ask('GET', '/api/v1/ledger')).json.error).toBe(
    'source: is missing; from: is missing; to: is missing',
  )
})

test('a request without Host learns so, in the shape of its path’s errors', async () => {
  const { port } = await start()
  const ask = async (path: string) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.end(`GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`),
    )
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1.1 400 .*content-type: application\/json/is)
    return JSON.parse(answer.split('\r\n\r\n')[1] ?? '')
  }
  const message = 'there is no Host header'
  expect(await ask('/api/v1/status')).toEqual({ error: message })
  expect(await ask('/api/orgs/acme/auditlogs')).toEqual({ code: 400, message })
})

test('refuses what it does not understand', async () => {
  const { ask } = await start()
  expect((await ask('GET', '/nowhere')).status).toBe(404)
  // A proxy in front may protect a path by its prefix.
  expect((await ask('GET', '//x/api/v1/status')).status).toBe(404)
  const wrongMethod = await ask('DELETE', '/api/v1/status')
  expect([wrongMethod.status, wrongMethod.headers.allow]).toEqual([405, 'GET, HEAD'])
  expect((await ask('GET', '/api/v1/dead-letters/drop')).headers.allow).toBe('POST')
  // Also a path that matches another pattern too, such as an event by its uid.
  expect((await ask('DELETE', '/api/v1/events/top')).headers.allow).toBe('GET, HEAD')
  const drop = '/api/v1/dead-letters/drop'
  expect((await ask('POST', drop, '{"all":')).status).toBe(400)
  expect((await ask('POST', drop, { all: true }, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await ask('POST', drop, JSON.stringify({ sink: 'x'.repeat(1 << 20) }))).status).toBe(413)
  const chunked = { 'transfer-encoding': 'chunked' }
  expect((await ask('POST', drop, `"${'x'.repeat(1 << 20)}"`, chunked)).status).toBe(413)
  expect((await ask('GET', 'http://[')).status).toBe(400)
})

test('refuses a parameter that a path of the API does not know, whichever path it is', async () => {
  const { ask } = await start()
  const named = (await ask('GET', '/')).body.matchAll(/^(GET|POST) +(\/api\/v1\/\S+)/gm)
  for (const [, method = '', path = ''] of named) {
    const { status, json } = await ask(method, `${path}?surplus=1`, method === 'POST' ? {} : undefined)
    expect([status, json.error], path).toEqual([400, expect.stringContaining('surplus: no such parameter')])
  }
  for (const path of ['/', '/healthz', '/readyz', '/metrics'])
    expect((await ask('GET', `${path}?surplus=1`)).status, path).toBe(200)
})

/** Sends everything before it reads the answer, as many clients do. */
async function sendAllThenRead(port: number, head: string, body: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.write(`POST /api/v1/replays HTTP/1.1\r\nhost: localhost\r\n${head}\r\n\r\n`)
    socket.write(body, resolve)
  })
  return text(socket)
}

test.each([
  ['its length is told', `content-length: ${10 << 20}`, 'x'.repeat(10 << 20)],
  [
    'it comes in chunks',
    'transfer-encoding: chunked',
    `${`10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(160)}0\r\n\r\n`,
  ],
])('a body of 10 MB is answered with 413, and not by a reset: %s', async (_, length, body) => {
  const { port } = await start()
  const answer = await sendAllThenRead(port, `content-type: application/json\r\n${length}`, body)
  expect(answer).toMatch(/^HTTP\/1.1 413 .*connection: close.*"the body is larger than 1 MiB"/is)
})

test.each([20_000, 70_000, 1 << 20, 10 << 20])(
  'an address of %i bytes is answered with 431, and not by a reset',
  async (size) => {
    const { port } = await start()
    for (const method of ['GET', 'POST']) {
      const socket = connect(port, '127.0.0.1')
      await new Promise((resolve, reject) => {
        socket.once('error', reject)
        socket.write(
          `${method} /api/v1/replays?x=${'x'.repeat(size)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
          resolve,
        )
      })
      expect(await text(socket)).toMatch(
        /^HTTP\/1.1 431 .*connection: close.*\{"error":"address and headers are longer than 16 KiB"\}\n$/is,
      )
    }
  },
)

test('what is too long is refused in the shape of its path’s errors, as far as the path is known', async () => {
  const { port } = await start()
  const message = 'address and headers are longer than 16 KiB'
  const much = 'x'.repeat(20_000)
  const ask = async (head: string, behind: string) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(head))
    // Once the head has been read on its own.
    if (behind !== '') void ownTime(100, behind).then((it) => socket.write(it))
    return JSON.parse((await text(socket)).split('\r\n\r\n')[1] ?? '')
  }
  const original = '/api/orgs/acme/auditlogs/export'
  for (const [path, body] of [
    [original, { code: 431, message }],
    ['/api/v1/events', { error: message }],
  ] as const) {
    expect(await ask(`GET ${path}?userFilter=${much} HTTP/1.1\r\n`, '')).toEqual(body)
    expect(await ask(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nx: ${much}\r\n`, '')).toEqual(body)
    const later = await ask(`GET ${path} HTTP/1.1\r\n`, `host: localhost\r\nx: ${much}\r\n`)
    expect(later).toEqual({ error: message, code: 431, message })
  }
})

test('what cannot be read is answered once, however much follows it', async () => {
  const { port } = await start()
  const get = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'
  const socket = connect(port, '127.0.0.1', () => socket.write(get))
  socket.once('data', () => socket.write(`nonsense\r\n\r\n${get}`, () => socket.write(get)))
  expect((await text(socket)).match(/HTTP\/1.1 \d+|\{.*\}/g)).toEqual([
    ...['HTTP/1.1 200', '{"ok":true}'],
    ...['HTTP/1.1 400', '{"error":"the request is malformed"}'],
  ])
})

test('a client that waits for permission to send too large a body gets 413 instead', async () => {
  const { port } = await start()
  const headers = { 'content-type': 'application/json', 'content-length': 10 << 20, expect: '100-continue' }
  const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/api/v1/replays', headers })
  let isToldToGoOn = false
  sent.once('continue', () => {
    isToldToGoOn = true
  })
  const status = await new Promise((resolve) => {
    sent.once('response', ({ statusCode }) => resolve(statusCode))
    sent.flushHeaders()
  })
  sent.destroy()
  expect([status, isToldToGoOn]).toEqual([413, false])
})

test('an endless body is not read for ever', async () => {
  const { port } = await start()
  const socket = connect(port, '127.0.0.1')
  let sent = 0
  const more = () => {
    while (!socket.destroyed && socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`)) sent += 0x10000
    sent += 0x10000
  }
  socket.on('error', () => {}).on('drain', more)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const type = 'content-type: application/json'
  socket.resume()
  socket.write(
    `POST /api/v1/replays HTTP/1.1\r\nhost: localhost\r\n${type}\r\ntransfer-encoding: chunked\r\n\r\n`,
  )
  more()
  await closed
  expect(sent).toBeLessThan(64 << 20)
})

test('on loopback only names of this machine and no foreign pages', async () => {
  const { ask, engine, port } = await start()
  for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:80']) {
    expect([host, (await ask('GET', '/api/v1/status', undefined, { host })).status]).toEqual([host, 200])
  }
  for (const host of ['evil.example', 'localhost.evil.example', '10.0.0.1', '127.0.0.1.evil.example']) {
    expect([host, (await ask('GET', '/metrics', undefined, { host })).status]).toEqual([host, 403])
  }
  const drop = '/api/v1/dead-letters/drop'
  for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) {
    expect([origin, (await ask('POST', drop, { all: true }, { origin })).status]).toEqual([origin, 403])
  }
  expect(engine.letters).toHaveLength(3)
  const own = { origin: `http://127.0.0.1:${port}` }
  expect((await ask('POST', drop, { all: true }, own)).status).toBe(200)
})

test('with a token the API needs it; health and, on loopback, metrics do not', async () => {
  const { ask } = await start({ adminToken: new Secret('s3cret-token') })
  const status = (authorization?: string, path = '/api/v1/status') =>
    ask('GET', path, undefined, authorization === undefined ? {} : { authorization }).then((it) => it.status)
  expect(await status()).toBe(401)
  expect((await ask('GET', '/api/v1/status')).headers['www-authenticate']).toBe('Bearer')
  expect(await status('Bearer wrong')).toBe(401)
  expect(await status('Bearer s3cret-token2')).toBe(401)
  expect(await status('Basic s3cret-token')).toBe(401)
  expect(await status('Bearer s3cret-token')).toBe(200)
  expect((await ask('POST', '/api/v1/dead-letters/drop', { all: true })).status).toBe(401)
  for (const path of ['/healthz', '/readyz', '/metrics', '/']) expect(await status(undefined, path)).toBe(200)
})

test('bound elsewhere metrics need the token too, and any Host is taken', async () => {
  const { ask } = await start({ host: '0.0.0.0', adminToken: new Secret('s3cret-token') })
  const host = 'auditferry.example'
  expect((await ask('GET', '/metrics', undefined, { host })).status).toBe(401)
  expect((await ask('GET', '/api/v1/status', undefined, { host })).status).toBe(401)
  expect((await ask('GET', '/healthz', undefined, { host })).status).toBe(200)
  const authorization = 'Bearer s3cret-token'
  expect((await ask('GET', '/metrics', undefined, { host, authorization })).status).toBe(200)
})

test('bound elsewhere without a token it does not start', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrow(UsageError)
})

test('a port in use is named with the cure', async () => {
  const { port } = await start()
  const second = start({ port })
  await expect(second).rejects.toThrow(OperationError)
  await expect(second).rejects.toThrow(new RegExp(`127.0.0.1:${port}.*another process.*server\\.listen`))
})

test('an engine that fails is a 503 with its reason, a bug a 500 without', async () => {
  const { ask, engine } = await start()
  engine.status = () => Promise.reject(new OperationError('the store is closed'))
  expect(await ask('GET', '/api/v1/status')).toMatchObject({
    status: 503,
    json: { error: 'the store is closed' },
  })
  engine.status = () => Promise.reject(new Error('inner detail'))
  const answer = await ask('GET', '/api/v1/status')
  expect([answer.status, answer.body.includes('inner detail')]).toEqual([500, false])
})

test('close does not wait for a connection that sends nothing', async () => {
  const { port } = await start()
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await running.pop()?.close()
  await closed
})

async function start(options: { host?: string; port?: number; adminToken?: Secret; console?: boolean } = {}) {
  const engine = createFakeEngine()
  const server = await startServer({
    server: { host: '127.0.0.1', port: 0, console: false, ...options },
    engine,
    prometheus: { text: async () => 'auditferry_spool_bytes 1\n' },
    logger: silentLogger,
    version: '0.1.0',
  })
  running.push(server)
  const port = Number(new URL(server.url).port)
  const ask = (method: string, path: string, body?: unknown, headers: IncomingHttpHeaders = {}) =>
    askServer(port, method, path, body, headers)
  return { ask, engine, port }
}

async function askServer(
  port: number,
  method: string,
  path: string,
  body: unknown,
  headers: IncomingHttpHeaders,
) {
  const all = body === undefined ? headers : { 'content-type': 'application/json', ...headers }
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, headers: all }, resolve)
    sent.once('error', reject)
    sent.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
  const answer = await text(response)
  const isJson = response.headers['content-type']?.includes('json') && answer !== ''
  return {
    status: response.statusCode,
    headers: response.headers,
    body: answer,
    json: isJson ? JSON.parse(answer) : undefined,
  }
}

test('a replay is checked before it reaches the engine, and what does not exist is reported', async () => {
  const { ask, engine } = await start()
  const post = (body: object) => ask('POST', '/api/v1/replays', body)
  for (const body of [{}, { sink: 'soc', from: 1, to: 2, uids: ['A1'] }, { sink: 'soc', from: -1, to: 2 }])
    expect((await post(body)).status).toBe(400)
  expect(engine.replayed).toEqual([])
  const cursor = { source: 'acme', to: 9, phase: 'source', at: 5 }
  expect(await post({ sink: 'soz', from: 1, to: 9, cursor })).toMatchObject({
    status: 422,
    json: { error: 'no sink soz; there is soc' },
  })
  expect(engine.replayed).toEqual([{ sink: 'soz', from: 1, to: 9, cursor }])
})
