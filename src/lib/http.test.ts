import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpClient } from './http.ts'

test('asks for answers that are not compressed', async () => {
  const server = createServer((request, answer) => answer.end(request.headers['accept-encoding']))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = createHttpClient({ timeoutMs: 10_000, tls: { insecureSkipVerify: false } })
  onTestFinished(async () => {
    await client.close()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  expect((await client.send({ method: 'GET', url, headers: {}, signal })).body).toBe('identity')
})

test('informational answers without an end do not hold up a stream', async () => {
  const server = createServer((_, answer) => {
    const timer = setInterval(() => answer.writeEarlyHints({ link: '</x>; rel=preload' }), 20)
    answer.on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = createHttpClient({ timeoutMs: 100, tls: { insecureSkipVerify: false } })
  onTestFinished(async () => {
    await client.close()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Ends the test in time where nothing else does.
  const signal = AbortSignal.timeout(3_000)
  await expect(client.stream({ method: 'GET', url, headers: {}, signal })).rejects.toThrow(
    'no answer within 0.2s (`timeout`)',
  )
})
