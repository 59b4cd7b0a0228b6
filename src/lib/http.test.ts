import { expect, test } from 'vitest'
import { clientOf } from './fixtures/client-of.ts'

test('asks for answers that are not compressed', async () => {
  const { client, url } = await clientOf(
    (request, answer) => answer.end(request.headers['accept-encoding']),
    10_000,
  )
  const { signal } = new AbortController()
  expect((await client.send({ method: 'GET', url, headers: {}, signal })).body).toBe('identity')
})

test('informational answers without an end do not hold up a stream', async () => {
  const { client, url } = await clientOf((_, answer) => {
    const timer = setInterval(() => answer.writeEarlyHints({ link: '</x>; rel=preload' }), 20)
    answer.on('close', () => clearInterval(timer))
  }, 100)
  // Ends the test in time where nothing else does.
  const signal = AbortSignal.timeout(3_000)
  await expect(client.stream({ method: 'GET', url, headers: {}, signal })).rejects.toThrow(
    'no answer within 0.2s (`timeout`)',
  )
})
