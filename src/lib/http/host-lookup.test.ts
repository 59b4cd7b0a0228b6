import dns, { type LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test, vi } from 'vitest'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { Secret } from '../secret.ts'
import { openSocket } from '../tcp/socket.ts'
import { tlsOptions } from '../tls/options.ts'
import { clientOf } from './fixtures/client-of.ts'
import { lookupHost } from './host-lookup.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

type Answer = (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void

/** A resolver that answers when the test says so. */
function slowSystem() {
  const asked: string[] = []
  const waiting: Answer[] = []
  vi.spyOn(dns, 'lookup').mockImplementation(((host: string, _: object, answer: Answer) => {
    asked.push(host)
    waiting.push(answer)
  }) as never)
  const answerAll = (...given: Parameters<Answer>) => {
    for (const answer of waiting.splice(0)) answer(...given)
  }
  return { asked, answerAll }
}

const PATIENCE = { timeout: PATIENCE_MS }
const HERE = [{ address: '127.0.0.1', family: 4 }]

test('connections that are opened together look up their host once, and each later one looks it up again', async () => {
  const { client, url } = await clientOf((_, answer) => answer.end('ok'), 10_000)
  const { asked, answerAll } = slowSystem()
  const named = url.replace('127.0.0.1', 'siem.example')
  const { signal } = new AbortController()
  const send = () => client.send({ method: 'GET', url: named, headers: { connection: 'close' }, signal })

  const answers = Promise.all([send(), send(), send(), send()])
  await vi.waitUntil(() => asked.length > 0, PATIENCE)
  // By now the queries of the other three would have arrived.
  await sleep(50)
  expect(asked).toEqual(['siem.example'])
  answerAll(null, HERE)
  expect((await answers).map(({ body }) => body)).toEqual(['ok', 'ok', 'ok', 'ok'])

  const later = send()
  await vi.waitUntil(() => asked.length > 1, PATIENCE)
  answerAll(null, HERE)
  expect((await later).body).toBe('ok')
  expect(asked).toHaveLength(2)
})

test.each([
  ['siem.example', undefined],
  ['proxy.example', new Secret('http://proxy.example:3128')],
])('a receiver other than HTTP is looked up in the same way: %s', async (host, proxy) => {
  const { asked, answerAll } = slowSystem()
  const address = { host: 'siem.example', port: 6514, secure: false }
  const connection = { timeoutMs: 10_000, tls: { insecureSkipVerify: false }, ...(proxy && { proxy }) }
  const open = () => openSocket(address, connection, new AbortController().signal)
  const failures = Promise.allSettled([open(), open()])
  await vi.waitUntil(() => asked.length > 0, PATIENCE)
  answerAll(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), [])
  expect((await failures).map((it) => it.status === 'rejected' && it.reason.code)).toEqual([
    'ENOTFOUND',
    'ENOTFOUND',
  ])
  expect(asked).toEqual([host])
})

test('clients of other protocols that take options of TLS look a host up once, too', async () => {
  const { asked, answerAll } = slowSystem()
  const options = { host: 'cache.example', port: 6379, ...tlsOptions({ insecureSkipVerify: false }) }
  const failures = [connectTls(options), connectTls(options)].map((socket) => once(socket, 'error'))
  answerAll(Object.assign(new Error('getaddrinfo ENOTFOUND cache.example'), { code: 'ENOTFOUND' }), [])
  await Promise.all(failures)
  expect(asked).toEqual(['cache.example'])
})

test('name servers that do not answer are named before the connection gives up; what they say later still counts', async () => {
  vi.useFakeTimers()
  const { asked, answerAll } = slowSystem()
  const look = (all: boolean) =>
    new Promise((resolve) =>
      lookupHost('siem.example', { all }, (error, address, family) =>
        resolve(error?.message ?? [address, family]),
      ),
    )
  const early = look(true)
  await vi.advanceTimersByTimeAsync(8_000)
  expect(await early).toBe('EAI_AGAIN: no name server told the address of siem.example within 8s')

  const [one, all] = [look(false), look(true)]
  answerAll(null, HERE)
  expect(await one).toEqual(['127.0.0.1', 4])
  expect(await all).toEqual([HERE, undefined])
  expect(asked).toHaveLength(1)
})

test('a host that is an address, or has two, is reached as before', async () => {
  const socket = connect({ host: 'localhost', port: 9, lookup: lookupHost })
  const [error] = await new Promise<[NodeJS.ErrnoException]>((resolve) =>
    socket.on('error', (e) => resolve([e])),
  )
  expect(error.code).toBe('ECONNREFUSED')
})
