import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { Logger } from '../../../src/lib/logger.ts'
import { delivered, every } from '../../../src/outcome.ts'
import {
  type HecEmulator,
  type HecOptions,
  startHecEmulator,
} from '../../../test/emulators/splunk-hec/hec.ts'
import { ownTime } from '../../../test/own-time.ts'
import { createEncoder } from './encode.ts'
import { batchOf, eventOf, events, noSignal, openSink } from './fixtures/rig.ts'
import { definition } from './index.ts'

const open: HecEmulator[] = []

async function start(options: HecOptions = {}): Promise<HecEmulator> {
  const hec = await startHecEmulator(options)
  open.push(hec)
  return hec
}

afterEach(async () => {
  for (const hec of open.splice(0)) await hec.stop()
})

function uidsOf(hec: HecEmulator): number[] {
  return hec.indexed.map(({ uid }) => Number.parseInt(uid, 16))
}

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind)

test.each(['gzip', 'none'] as const)(
  'compression %s: the bytes are those of the encoder',
  async (compression) => {
    const hec = await start({ indexes: ['security'] })
    const sink = openSink(hec, { compression, index: 'security', host: 'h' })
    const batch = batchOf(events(500))
    expect(await sink.write(batch, noSignal)).toEqual(every(500, delivered))

    const [request] = hec.requestsTo('event')
    const body = compression === 'gzip' ? gunzipSync(request?.body ?? '') : request?.body
    const metadata = { index: 'security', host: 'h', sourcetype: 'pulumi:audit' }
    expect(body?.toString()).toBe(createEncoder(metadata, 'application/json')(batch.events).toString())
    expect(request?.headers).toMatchObject({
      authorization: `Splunk ${hec.token}`,
      'user-agent': 'auditferry/1.2.3',
      'content-type': 'application/json',
    })
    expect(request?.headers['content-encoding']).toBe(compression === 'gzip' ? 'gzip' : undefined)
    expect(request?.headers['x-splunk-request-channel']).toBeUndefined()
    expect(uidsOf(hec)).toEqual(Array.from({ length: 500 }, (_, n) => n))
    await sink.close()
  },
)

test('an empty batch sends nothing', async () => {
  const hec = await start()
  expect(await openSink(hec).write(batchOf([]), noSignal)).toEqual([])
  expect(hec.requestsTo('event')).toEqual([])
})

test('only the bad event is refused: those before it are accepted, those after it are sent again', async () => {
  const hec = await start()
  const list = events(5, (n) => (n === 2 ? '""' : `{"n":${n}}`))
  const outcomes = await openSink(hec).write(batchOf(list), noSignal)
  expect(kindsOf(outcomes)).toEqual(['delivered', 'delivered', 'rejected', 'retry', 'retry'])
  expect(uidsOf(hec)).toEqual([0, 1])
})

test('an index that the token may not use pauses', async () => {
  const hec = await start({ indexes: ['main'] })
  const outcomes = await openSink(hec, { index: 'security' }).write(batchOf(events(2)), noSignal)
  expect(outcomes).toEqual(
    every(2, {
      kind: 'pause',
      reason: '400 incorrect index (code 7): create the index of `index`, or allow it for the token',
    }),
  )
})

test.each(['enterprise', 'cloud'] as const)('a body too large for Splunk %s is split', async (oversize) => {
  const hec = await start({ maxContentLength: 5 << 20, oversize })
  const large = [eventOf(0, `"${'x'.repeat(3 << 20)}"`), eventOf(1, `"${'x'.repeat(3 << 20)}"`)]
  const sink = openSink(hec)
  expect(kindsOf(await sink.write(batchOf(large), noSignal))).toEqual(['split', 'split'])
  for (const event of large) expect(await sink.write(batchOf([event]), noSignal)).toEqual([delivered])
})

test.each([
  ['token disabled', { tokenDisabled: true }, {}, 'code 1'],
  ['token unknown', { token: 'a-token' }, { token: 'another-token' }, 'code 4'],
  ['token with acknowledgement', { acknowledgements: true }, {}, 'code 10'],
  ['wrong path', {}, { path: '/services/elsewhere' }, 'HTTP 404'],
])('%s pauses', async (_, options, { token, path = '' }: { token?: string; path?: string }, reason) => {
  const hec = await start(options)
  const sink = openSink(
    { url: hec.url, token: token ?? hec.token },
    path === '' ? {} : { endpoint: hec.url + path },
  )
  const [outcome] = await sink.write(batchOf(events(1)), noSignal)
  expect(outcome).toEqual({ kind: 'pause', reason: expect.stringContaining(reason) })
})

test('a connection reset while the answer is sent is a retry', async () => {
  const hec = await start()
  hec.fail({ reset: true }, 1)
  const sink = openSink(hec)
  expect(kindsOf(await sink.write(batchOf(events(2)), noSignal))).toEqual(['retry', 'retry'])
  expect(kindsOf(await sink.write(batchOf(events(2)), noSignal))).toEqual(['delivered', 'delivered'])
})

test('a server that is down is a retry', async () => {
  const hec = await start()
  await hec.stop()
  const away = await openSink(hec).write(batchOf(events(1)), noSignal)
  expect(away[0]).toMatchObject({ kind: 'retry', reason: expect.stringContaining('ECONNREFUSED') })
})

test('events whose answer got lost are sent again with the same uids', async () => {
  const hec = await start()
  hec.loseAnswers(1, 'event')
  const sink = openSink(hec)
  expect(kindsOf(await sink.write(batchOf(events(2)), noSignal))).toEqual(['retry', 'retry'])
  expect(kindsOf(await sink.write(batchOf(events(2)), noSignal))).toEqual(['delivered', 'delivered'])
  expect(uidsOf(hec)).toEqual([0, 1, 0, 1])
})

test('abort settles a hanging write within a second', async () => {
  const hec = await start()
  hec.fail({ hang: true }, 1)
  const writing = openSink(hec).write(batchOf(events(2)), AbortSignal.timeout(50))
  expect(await Promise.race([writing, ownTime(1_000, 'late')])).toMatchObject([
    { kind: 'retry' },
    { kind: 'retry' },
  ])
})

test('a token that the server quotes appears in no outcome', async () => {
  const hec = await start()
  const sink = openSink(hec)
  for (const [status, body] of [
    [403, `{"text":"Invalid token ${hec.token}","code":4}`],
    [401, `no such token: ${hec.token}`],
    [400, `{"text":"Invalid data format: ${hec.token}","code":6,"invalid-event-number":0}`],
    [400, `${'.'.repeat(190)}${hec.token}`],
    [200, `<html>${hec.token}`],
  ] as const) {
    hec.fail({ status, body }, 1)
    const outcomes = JSON.stringify(await sink.write(batchOf(events(2)), noSignal))
    expect(outcomes).not.toContain(hec.token.slice(0, 8))
    expect(outcomes).not.toContain('delivered')
  }
})

test('a capacity warning is logged once, and once more when no answer repeated it for a minute', async () => {
  const hec = await start()
  const log: string[] = []
  let now = Date.now()
  const sink = openSink(hec, {}, { logger: recorder(log), now: () => now })
  const near = { status: 200, body: '{"text":"HEC queues near capacity","code":24}' }
  const writeAfter = async (ms: number) => {
    now += ms
    expect(await sink.write(batchOf(events(1)), noSignal)).toEqual([delivered])
  }
  // As a load balancer does it, with one busy indexer behind it.
  for (const _ of [1, 2, 3]) {
    hec.fail(near, 1)
    await writeAfter(1000)
    await writeAfter(59_000)
  }
  expect(log).toEqual(['warn'])
  await writeAfter(1000)
  expect(log).toEqual(['warn', 'info'])
  await writeAfter(120_000)
  expect(log).toEqual(['warn', 'info'])
})

test('waiting for acknowledgements takes more batches in flight', () => {
  const limits = (acknowledgements: boolean) => {
    const options = { endpoint: 'https://splunk.example', token: 't', acknowledgements }
    return definition.limits(definition.config.parse(options)).defaults
  }
  expect(limits(false)).toEqual({
    maxEvents: 500,
    maxBytes: 1 << 20,
    maxAgeMs: 5_000,
    inFlight: 2,
    timeoutMs: 30_000,
  })
  expect(limits(true).inFlight).toBe(32)
})

function recorder(log: string[]): Logger {
  const logger: Logger = {
    debug: () => log.push('debug'),
    info: () => log.push('info'),
    warn: () => log.push('warn'),
    error: () => log.push('error'),
    child: () => logger,
  }
  return logger
}
