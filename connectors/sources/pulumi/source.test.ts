import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { SourceError } from '../../../src/errors.ts'
import { type LogFields, silentLogger } from '../../../src/lib/logger.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../../../test/emulators/pulumi/emulator.ts'
import { inventHistory } from '../../../test/emulators/pulumi/invent.ts'
import { NOW, readAll, sourceFor, thrownBy } from './fixtures/rig.ts'

let emulator: PulumiEmulator

beforeEach(async () => {
  emulator = await startPulumiEmulator({ now: () => NOW * 1000 })
})
afterEach(() => emulator.stop())

const source = (options: Record<string, unknown> = {}) =>
  sourceFor({ url: emulator.url, token: emulator.token, options })
const add = (...seconds: number[]) =>
  emulator.add(seconds.map((timestamp) => ({ timestamp, description: `at ${timestamp}` })))
const times = (records: readonly object[]) => records.map((it) => 'timestamp' in it && it.timestamp)

describe.each(['v1', 'v2'] as const)('%s', (api) => {
  it('reads an empty log', async () => {
    const { answer, records, thrown } = await readAll(source({ api }))
    expect({ records, thrown }).toEqual({ records: [], thrown: undefined })
    expect(answer).toMatchObject({ variant: api, serverTime: NOW })
    expect(answer.token()).toBeUndefined()
  })

  it('reads newest first below the bound, one request per read', async () => {
    add(NOW - 30, NOW - 20, NOW - 10)
    const { records } = await readAll(source({ api }), { before: NOW - 10, notBefore: NOW - 20 })
    expect(times(records)).toEqual(api === 'v1' ? [NOW - 20, NOW - 30] : [NOW - 20])
    expect(emulator.requests).toHaveLength(1)
  })

  it('requests what the documentation says', async () => {
    add(NOW - 10)
    await readAll(source({ api, user_filter: 'dana' }), { before: NOW, notBefore: NOW - 60 })
    const [request] = emulator.requests
    expect(request).toMatchObject(
      api === 'v1'
        ? { path: '/api/orgs/acme/auditlogs/export', query: { startTime: `${NOW}`, userFilter: 'dana' } }
        : {
            path: '/api/orgs/acme/auditlogs/v2',
            query: { startTime: `${NOW - 60}`, endTime: `${NOW}`, userFilter: 'dana' },
          },
    )
    expect(request?.headers).toMatchObject({
      accept: 'application/vnd.pulumi+8',
      authorization: `token ${emulator.token}`,
      'accept-encoding': 'gzip',
    })
  })

  it.each(['gzip', 'stripped', 'identity', 'twice'] as const)(
    'decodes a body that a proxy left as %s',
    async (encoding) => {
      emulator.set({ encoding })
      add(NOW - 10, NOW - 10)
      expect(times((await readAll(source({ api }))).records)).toEqual([NOW - 10, NOW - 10])
    },
  )

  it('settles within a second of an abort, before and during an answer', async () => {
    const reason = new Error('enough')
    emulator.fail({ hang: true })
    const waiting = new AbortController()
    const pending = thrownBy(source({ api }).read({ before: NOW, notBefore: 0 }, waiting.signal))
    setTimeout(() => waiting.abort(reason), 20)
    expect(await pending).toBe(reason)

    emulator.add(Array.from({ length: 50_000 }, (_, at) => ({ timestamp: NOW - at })))
    const reading = new AbortController()
    const answer = await source({ api }).read({ before: NOW, notBefore: 0 }, reading.signal)
    const read = async () => {
      for await (const _ of answer.records) reading.abort(reason)
    }
    expect(await thrownBy(read())).toBe(reason)
  })

  it('takes less than 1 MB of a long answer when only its beginning is needed, and hangs up', async () => {
    await emulator.stop()
    const past = inventHistory({ seed: 1, count: 200_000, newest: NOW - 1, density: 5 })
    emulator = await startPulumiEmulator({ past, now: () => NOW * 1000 })
    const answer = await source({ api }).read({ before: NOW, notBefore: 0 }, new AbortController().signal)
    let taken = 0
    for await (const records of answer.records) {
      taken += records.length
      if (taken >= 50) break
    }
    expect(taken).toBeLessThan(10_000)
    expect(answer.bytesRead()).toBeGreaterThan(0)
    expect(answer.bytesRead()).toBeLessThan(1_000_000)
    await expect.poll(() => emulator.requests[0]?.isCutByClient).toBe(true)
  })

  it('gives the complete records that came before a reset or a cut, then a transient error', async () => {
    emulator.add(
      Array.from({ length: 20_000 }, (_, at) => ({ timestamp: NOW - at - 1, description: `no. ${at}` })),
    )
    for (const fault of [{ reset: true }, { cut: true }] as const) {
      emulator.fail(fault)
      const { records, thrown } = await readAll(source({ api }))
      expect(thrown).toMatchObject({
        fault: 'transient',
        message: expect.stringContaining('"acme" from 127.0.0.1'),
      })
      expect(records.length).toBeGreaterThan(1000)
      expect(records.length).toBeLessThan(20_000)
      expect(times(records)).toEqual(records.map((_, at) => NOW - at - 1))
    }
  })

  it('says so when a login page is sent instead', async () => {
    emulator.fail({ html: true })
    expect((await readAll(source({ api }))).thrown).toMatchObject({
      fault: 'transient',
      message: expect.stringMatching(/came as HTML instead of (CSV|JSON): <!DOCTYPE html>/),
    })
  })

  it('never shows the token of a request that a page quotes', async () => {
    emulator.fail({ status: 200, body: `<html>token ${emulator.token}</html>` })
    const { thrown } = await readAll(source({ api }))
    expect(thrown).toMatchObject({ fault: 'transient', message: expect.stringContaining('token [secret]') })
    expect(JSON.stringify(thrown)).not.toContain(emulator.token)
  })

  it.each([
    [200, 'Echo: '],
    [200, '{"echo":"'],
    [400, ''],
    [500, '{"message":"'],
  ])('never shows part of the token if an answer of status %i is cut: %s', async (status, start) => {
    const token = `${emulator.token}`
    for (let filler = 150; filler < 205; filler++) {
      const body = `${start}${'.'.repeat(filler)}${token}${start.startsWith('{') ? '"}' : ''}`
      emulator.fail({ status, body, headers: { 'x-pulumi-request-id': `${'i'.repeat(filler)}${token}` } })
      const thrown = await thrownBy(
        readAll(source({ api })).then((it) => {
          throw it.thrown
        }),
      )
      expect((thrown as Error).message).not.toContain(token.slice(0, 6))
    }
  })

  it('believes our clock that a record is no later than now, if the server claims a past day', async () => {
    emulator.stop()
    emulator = await startPulumiEmulator({ now: () => 0 })
    add(NOW - 5)
    const { answer, records } = await readAll(source({ api }))
    expect(answer.serverTime).toBe(0)
    expect(times(records)).toEqual([NOW - 5])
  })

  it('keeps records of impossible times aside', async () => {
    const day = 86_400
    add(NOW + day, NOW + day + 1)
    const { records } = await readAll(source({ api }), { before: NOW + 10 * day })
    expect(records[0]).toMatchObject({ unreadable: 'timestamp lies in the future' })
    expect(Buffer.from((records[0] as { bytes: Uint8Array }).bytes).toString()).toContain('198.51.100.7')
    expect(records[1]).toMatchObject({ timestamp: NOW + day })
  })
})

describe('v1', () => {
  const DOCUMENTED =
    'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure'

  it.each([[9], [13], [['Event', 'Timestamp', 'Login', 'Region']]])(
    'reads the columns %j',
    async (columns) => {
      emulator.set({
        columns: columns as 9 | 13 | string[],
        csvTime: 'unix',
        lineEnd: '\r\n',
        byteOrderMark: true,
      })
      emulator.add([{ timestamp: NOW - 1, tokenName: 'ci', extra: { Region: 'eu' } }])
      const { records } = await readAll(source({ api: 'v1' }))
      expect(records).toMatchObject([
        { timestamp: NOW - 1, event: 'Stack Created', login: 'dana', tokenName: columns === 13 ? 'ci' : '' },
      ])
      if (Array.isArray(columns))
        expect(JSON.parse((records[0] as { raw: string }).raw)).toMatchObject({ Region: 'eu' })
    },
  )

  it('keeps broken rows aside with exactly their bytes', async () => {
    const row = '2026-11-22T22:00:00Z,Dana,dana,Stack Created,"no end,198.51.100.7,false,false,false,,,,'
    const late = '9999-12-31T23:59:59Z,Dana,dana,Stack Created,x,198.51.100.7,false,false,false,,,,'
    emulator.add([
      { timestamp: NOW - 4, description: 'a "quoted" one' },
      { timestamp: NOW - 3, verbatim: { csv: row } },
      { timestamp: NOW - 2, verbatim: { csv: late } },
      { timestamp: NOW - 1, description: 'another, "quoted"' },
    ])
    const { records } = await readAll(source({ api: 'v1' }))
    expect(records).toMatchObject([
      { description: 'another, "quoted"' },
      { unreadable: 'timestamp lies after the year 9998', bytes: Buffer.from(late) },
      { unreadable: 'text follows a closing quote', bytes: Buffer.from(row) },
      { description: 'a "quoted" one' },
    ])
  })

  it.each([
    ['Timestamp,', 'came as text without the columns Timestamp and Event'],
    ['Timestamp,Name,Login,Event,Descr', 'broke off inside its header line'],
    [DOCUMENTED.slice(0, -1), 'broke off inside its header line'],
    // Read as one line, its rows would become column names of a log without events.
    [
      `${DOCUMENTED}\r2026-01-01T00:00:00Z,,,Stack Created,,,false,false,false\r`,
      'lines end in carriage returns alone',
    ],
    ['Timestamp,\n', 'came as text without the columns Timestamp and Event instead of CSV'],
    ['Timestamp,Name,Login\n', 'came as text without the columns Timestamp and Event instead of CSV'],
  ])('does not take %j for an empty log', async (body, says) => {
    emulator.fail({ status: 200, body })
    const { records, thrown } = await readAll(source({ api: 'v1' }))
    expect(records).toEqual([])
    expect(thrown).toMatchObject({ fault: 'transient', message: expect.stringContaining(says) })
  })

  it.each([
    '',
    'Timestamp,Event\n',
    'Timestamp,Event\r\n',
    DOCUMENTED,
    `\ufeff${DOCUMENTED},TokenID,TokenName,ActorName,ActorUrn`,
  ])('takes %j for an empty log', async (body) => {
    emulator.fail({ status: 200, body })
    expect(await readAll(source({ api: 'v1' }))).toMatchObject({ records: [], thrown: undefined })
  })

  it('warns of documented columns that its events lack, when that changes', async () => {
    const said: unknown[] = []
    const logger = { ...silentLogger, warn: (_: string, fields?: LogFields) => void said.push(fields) }
    const v1 = sourceFor({ url: emulator.url, token: emulator.token, options: { api: 'v1' }, logger })
    const whole = `${DOCUMENTED}\n${Array(9).fill('').join()}\n`
    const renamed = whole.replace('Login', 'User').replace('SourceIP', 'Address')
    for (const body of [whole, renamed, renamed, `Timestamp,Event\n${NOW},x\n`, whole, renamed]) {
      emulator.fail({ status: 200, body })
      await readAll(v1)
    }
    expect(said).toEqual([
      { columns: 'Login,SourceIP' },
      { columns: expect.stringContaining('Name,Login,Description') },
      { columns: 'Login,SourceIP' },
    ])
  })

  it('says so when JSON is sent instead', async () => {
    emulator.fail({ status: 200, body: '{"message":"later"}' })
    expect((await readAll(source({ api: 'v1' }))).thrown).toMatchObject({
      fault: 'transient',
      message: expect.stringContaining('JSON instead of CSV: {"message":"later"}'),
    })
  })
})

describe('v2', () => {
  it.each(['{"code":500,"message":"internal error"}', '{"error":"later","continuationToken":"x"}'])(
    'does not take %s for an empty log',
    async (body) => {
      emulator.fail({ status: 200, body })
      expect((await readAll(source({ api: 'v2' }))).thrown).toMatchObject({
        fault: 'transient',
        message: expect.stringContaining(`another JSON object instead of a list: ${body.slice(0, 10)}`),
      })
    },
  )

  it.each(['{}', '{"auditLogEvents":null}', '{"auditLogEvents":[],"message":"none"}'])(
    'takes %s for an empty log',
    async (body) => {
      emulator.fail({ status: 200, body })
      expect(await readAll(source({ api: 'v2' }))).toMatchObject({ records: [], thrown: undefined })
    },
  )

  it.each(['position', 'second', 'json'] as const)('follows tokens that are a %s', async (tokens) => {
    emulator.set({ tokens, pageSize: 2 })
    add(NOW - 5, NOW - 4, NOW - 3, NOW - 2, NOW - 1)
    const first = await readAll(source({ api: 'v2' }))
    const token = first.answer.token()
    expect(token).toEqual(expect.any(String))
    const second = await readAll(source({ api: 'v2' }), { token: `${token}` })
    const expected = { position: [NOW - 3, NOW - 4], second: [NOW - 2, NOW - 3], json: [NOW - 2, NOW - 3] }
    expect(times(second.records)).toEqual(expected[tokens])
  })

  it('reports a token that is no longer known', async () => {
    emulator.set({ pageSize: 1 })
    add(NOW - 2, NOW - 1)
    const token = (await readAll(source({ api: 'v2' }))).answer.token()
    emulator.expireTokens()
    const thrown = await thrownBy(readAll(source({ api: 'v2' }), { token: `${token}` }))
    expect(thrown).toMatchObject({ fault: 'token_expired', status: 400 })
  })
})

describe('auto', () => {
  it('uses v2 if it is available', async () => {
    expect((await readAll(source())).answer.variant).toBe('v2')
    expect(emulator.requests).toHaveLength(1)
  })

  it('falls back to v1 in the same read, and stays with what it has found', async () => {
    emulator.set({ v2: false })
    add(NOW - 1)
    const { answer, records } = await readAll(source())
    expect(answer.variant).toBe('v1')
    expect(records).toHaveLength(1)
    expect(
      emulator.requests.map((it) => [it.path.replace('/api/orgs/acme/auditlogs', ''), it.status]),
    ).toEqual([
      ['/v2', 404],
      ['/export', 200],
    ])
    await readAll(source(), { variant: 'v1' })
    expect(emulator.requests).toHaveLength(3)
  })

  it.each([404, 400])('changes to v2 if the export that it used is gone (%i)', async (status) => {
    add(NOW - 1)
    emulator.fail({ status }, 1)
    const { answer, records } = await readAll(source(), { variant: 'v1' })
    expect({ variant: answer.variant, records: records.length }).toEqual({ variant: 'v2', records: 1 })
  })

  it('reports what the export says if v2 is missing too', async () => {
    emulator.set({ v2: false })
    emulator.fail({ status: 404, body: 'no export here' }, 1)
    const thrown = await thrownBy(readAll(source(), { variant: 'v1' }))
    expect(thrown).toMatchObject({ fault: 'configuration', message: expect.stringMatching(/no export here/) })
    expect(emulator.requests).toHaveLength(2)
  })

  it.each([
    ['an outage', {}, 503],
    ['a v1 that was asked for', { api: 'v1' } as const, 404],
  ])('does not leave the export for %s', async (_, config, status) => {
    emulator.fail({ status }, 1)
    expect(await thrownBy(readAll(source(config), { variant: 'v1' }))).toMatchObject({ status })
    expect(emulator.requests).toHaveLength(1)
  })

  it('names the plan if both say that it is missing', async () => {
    emulator.set({ plan: false })
    const thrown = await thrownBy(readAll(source()))
    expect(thrown).toBeInstanceOf(SourceError)
    expect(thrown).toMatchObject({
      fault: 'configuration',
      message: expect.stringMatching(/"acme" has no audit logs .*Enterprise or Business Critical plan/),
    })
    expect(emulator.requests).toHaveLength(2)
  })

  it('does not mistake an outage for a missing v2', async () => {
    emulator.fail({ status: 503 })
    expect(await thrownBy(readAll(source()))).toMatchObject({ fault: 'transient', status: 503 })
    expect(emulator.requests).toHaveLength(1)
  })
})

it.each([
  ['no answer', ''],
  ['nothing more of the answer', 'Timestamp,Event\n2026-'],
])('says that there was %s', async (what, start) => {
  const server = createServer((_, response) => {
    if (start !== '') response.write(start)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  // With shorter timeouts other limits run out first: undici counts in steps of half a second.
  const connection = { timeoutMs: 2_000 }
  const silent = sourceFor({
    url: `http://127.0.0.1:${port}`,
    token: 't',
    options: { api: 'v1' },
    connection,
  })
  const thrown = await readAll(silent).then(
    (it) => it.thrown,
    (error: unknown) => error,
  )
  await silent.close()
  server.close()
  expect(thrown).toMatchObject({
    fault: 'transient',
    message: expect.stringContaining(`failed: ${what} within 2s (\`timeout\`)`),
  })
})

it.each([
  ['v1', 'Timestamp,Event\n2026-'],
  ['v2', '{"auditLogEvents":[{"timestamp":'],
])('%s: gives up an answer that trickles in byte by byte', async (api, start) => {
  const server = createServer((_, response) => {
    response.write(start)
    const timer = setInterval(() => response.write('1'), 20)
    response.on('close', () => clearInterval(timer))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const slow = sourceFor({ url: `http://127.0.0.1:${port}`, token: 't', options: { api } })
  const answer = await slow.read({ before: NOW, notBefore: 0 }, new AbortController().signal)
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const read = async () => {
    for await (const _ of answer.records) expect.fail()
  }
  const ended = thrownBy(read())
  for (let times = 0; times < 3; times++) {
    const before = answer.bytesRead()
    while (answer.bytesRead() === before) await nextTurn()
    vi.advanceTimersByTime(20_000)
  }
  const thrown = await ended
  vi.useRealTimers()
  await slow.close()
  server.close()
  expect(thrown).toMatchObject({
    fault: 'transient',
    message: expect.stringContaining('failed: no complete record came within 60s'),
  })
})
