import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { clientOf } from './fixtures/client-of.ts'

test('asks for answers that are not compressed', async () => {
  const { client, url } = await clientOf(
    (request, answer) => answer.end(request.headers['accept-encoding']),
    10_000,
  )
  const { signal } = new AbortController()
  expect((await client.send({ method: 'GET', url, headers: {}, signal })).body).toBe('identity')
})

test('endless informational answers do not hold up a stream', async () => {
  const { client, url } = await clientOf((_, answer) => {
    const timer = setInterval(() => answer.writeEarlyHints({ link: '</x>; rel=preload' }), 20)
    answer.on('close', () => clearInterval(timer))
  }, 100)
  // Aborts the test before its time limit if nothing else ends it.
  const signal = AbortSignal.timeout(PATIENCE_MS)
  await expect(client.stream({ method: 'GET', url, headers: {}, signal })).rejects.toThrow(
    'no answer within 0.2s (`timeout`)',
  )
})

test('an unexpected "100 Continue" is named, and the request is not sent again at once', async () => {
  let asked = 0
  const { client, url } = await clientOf((_, answer) => {
    asked += 1
    answer.writeContinue()
    answer.end('ok')
  }, 10_000)
  const { signal } = new AbortController()
  const sent = client.send({ method: 'POST', url, headers: {}, body: 'events', signal })
  await expect(sent).rejects.toThrow('sends "100 Continue" without having been asked')
  expect(asked).toBe(1)
})

/** Answers the first request on each connection, and closes it at the next, as if it had been idle too long. */
async function oneAnswerAConnection(answersFirst = true) {
  const asked: string[] = []
  const answered = new WeakSet<object>()
  const { client, url } = await clientOf((request, answer) => {
    const { socket } = request
    asked.push(`${request.method} ${socket.remotePort}`)
    if (!answersFirst || answered.has(socket)) return void socket.end()
    answered.add(socket)
    answer.end('ok')
  }, 10_000)
  const { signal } = new AbortController()
  const send = (method: 'GET' | 'POST') =>
    client.send({ method, url, headers: {}, signal, ...(method === 'POST' && { body: 'events' }) })
  return { asked, send }
}

test.each(['GET', 'POST'] as const)(
  'a kept connection that is closed as the next %s is sent costs nothing but another connection',
  async (method) => {
    const { asked, send } = await oneAnswerAConnection()
    for (let request = 0; request < 3; request++) {
      expect((await send(method)).body).toBe('ok')
      // Until the connection is free again: otherwise the next request gets a new one.
      await sleep(50)
    }
    const [first, second, third] = new Set(asked)
    expect(asked).toEqual([first, first, second, second, third])
  },
)

test('an answer that breaks off on a kept connection is no reason to send the request again', async () => {
  let asked = 0
  const { client, url } = await clientOf((_, answer) => {
    asked += 1
    if (asked === 1) return void answer.end('ok')
    answer.writeHead(200, { 'content-length': 10 })
    answer.write('half', () => answer.destroy())
  }, 10_000)
  const { signal } = new AbortController()
  const send = () => client.send({ method: 'POST', url, headers: {}, body: 'events', signal })
  await send()
  await sleep(50)
  await expect(send()).rejects.toThrow('the answer broke off')
  expect(asked).toBe(2)
})

test('a new connection that is closed without an answer counts as failed', async () => {
  const { asked, send } = await oneAnswerAConnection(false)
  await expect(send('POST')).rejects.toThrow('other side closed')
  expect(asked).toHaveLength(1)
})

test('a request that waits for a connection is given up at once', async () => {
  const { client, url } = await clientOf(() => undefined, 10_000)
  const others = new AbortController()
  const hanging = Array.from({ length: 16 }, () =>
    client.send({ method: 'GET', url, headers: {}, signal: others.signal }),
  )
  const ended = Promise.allSettled(hanging)
  const own = new AbortController()
  const waiting = client.send({ method: 'GET', url, headers: {}, signal: own.signal })
  own.abort(new Error('not wanted any more'))
  await expect(waiting).rejects.toThrow('not wanted any more')
  others.abort(new Error('the end'))
  await ended
})

test('only the first MiB of an endless answer is read, and the connection closed', async () => {
  const closed = Promise.withResolvers<void>()
  const { client, url } = await clientOf((_, answer) => {
    answer.on('close', closed.resolve)
    const pour = () => {
      while (!answer.destroyed && answer.write('x'.repeat(1 << 16)));
      answer.once('drain', pour)
    }
    pour()
  }, 10_000)
  const { signal } = new AbortController()
  const { status, body } = await client.send({ method: 'GET', url, headers: {}, signal })
  expect([status, body.length]).toEqual([200, 1 << 20])
  await closed.promise
})

test('informational answers before the answer are skipped', async () => {
  const { client, url } = await clientOf((_, answer) => {
    answer.writeEarlyHints({ link: '</x>; rel=preload' })
    answer.writeHead(201, { 'x-told': ['a', 'b'] }).end()
  }, 10_000)
  const { signal } = new AbortController()
  const answer = await client.send({ method: 'GET', url, headers: {}, signal })
  expect(answer).toMatchObject({ status: 201, headers: { 'x-told': ['a', 'b'] }, body: '' })
  expect(answer.headers).not.toHaveProperty('link')
})
