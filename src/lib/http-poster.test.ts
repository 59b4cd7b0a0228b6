import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createPoster, type PosterOptions } from './http-poster.ts'
import { Secret } from './secret.ts'

const { signal } = new AbortController()

/** A poster, and a server that quotes the headers of each request once it is let. */
async function quoted(options: Omit<PosterOptions, 'compression'>) {
  const waiting: (() => void)[] = []
  const server = createServer((request: IncomingMessage, answer: ServerResponse) => {
    waiting.push(() => answer.writeHead(400).end(JSON.stringify(request.headers)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const connection = { timeoutMs: 10_000, tls: { insecureSkipVerify: false } }
  const poster = createPoster({ connection, version: '0' }, { compression: 'none', ...options })
  onTestFinished(async () => {
    await poster.close()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const arrived = async () => {
    await expect.poll(() => waiting.length).toBe(1)
    return waiting[0]
  }
  return { poster, url, arrived }
}

test('a secret that is renewed while a request is under way is masked in its answer', async () => {
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

test('what authorizes a request is masked in its answer, whoever knows it', async () => {
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
