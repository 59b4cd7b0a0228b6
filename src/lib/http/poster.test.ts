import { expect, onTestFinished, test } from 'vitest'
import { Secret } from '../secret.ts'
import { clientOf } from './fixtures/client-of.ts'
import { createPoster, type PosterOptions } from './poster.ts'

const { signal } = new AbortController()

/** A poster, and a server that quotes the headers of each request once the test lets it answer. */
async function quoted(options: Omit<PosterOptions, 'compression'>) {
  const waiting: (() => void)[] = []
  const { url } = await clientOf((request, answer) => {
    waiting.push(() => answer.writeHead(400).end(JSON.stringify(request.headers)))
  }, 10_000)
  const connection = { timeoutMs: 10_000, tls: { insecureSkipVerify: false } }
  const poster = createPoster({ connection, version: '0' }, { compression: 'none', ...options })
  onTestFinished(() => poster.close())
  const arrived = async () => {
    await expect.poll(() => waiting.length).toBe(1)
    return waiting[0]
  }
  return { poster, url, arrived }
}

test('a secret that is renewed during a request is masked in its answer', async () => {
  let key = 'first-key-0123'
  const { poster, url, arrived } = await quoted({ secrets: [new Secret(() => key)] })
  const answering = poster.send({ url, headers: { 'x-key': key, 'x-other': 'shown' } }, signal)
  const answer = await arrived()
  key = 'second-key-4567'
  answer?.()
  expect(await answering).toMatchObject({
    body: expect.stringMatching(/"x-key":"\[secret\]","x-other":"shown"/),
  })
})

test('what authorizes a request is masked in its answer, wherever it comes from', async () => {
  const token = 'token-of-this-request'
  const authorize = async () => ({ authorization: `Bearer ${token}` })
  const { poster, url, arrived } = await quoted({ secrets: [], authorize })
  const answering = poster.send({ url }, signal)
  const answer = await arrived()
  answer?.()
  expect(await answering).toMatchObject({
    body: expect.stringContaining('"authorization":"Bearer [secret]"'),
  })
})
