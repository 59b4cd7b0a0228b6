/** Tokens by the grant client_credentials, from a provider that grants, refuses, or is in trouble. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createPoster } from '../http/poster.ts'
import { Secret } from '../secret.ts'
import { createClientTokens, NO_TOKEN } from './client-credentials.ts'

const calm = new AbortController().signal

async function start(own: object = {}) {
  const asked: { type: string | undefined; form: string }[] = []
  const answer = { status: 200, body: {} as object }
  const server = createServer(async (request, response) => {
    asked.push({ type: request.headers['content-type'], form: await text(request) })
    response.writeHead(answer.status).end(JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const client_secret = new Secret('s & p')
  const connection = { timeoutMs: 5_000, tls: { insecureSkipVerify: false } }
  const poster = createPoster({ connection, version: '1' }, { compression: 'gzip', secrets: [client_secret] })
  onTestFinished(() => poster.close())
  const clock = { now: 1_000_000 }
  const token_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const options = { token_url, client_id: 'ferry', client_secret, ...own }
  return { asked, answer, clock, tokens: createClientTokens(options, poster.send, () => clock.now) }
}

test('sends a form, and only again when the token is about to expire or was refused', async () => {
  const { asked, answer, clock, tokens } = await start({ scope: 'a/.default' })
  answer.body = { access_token: 'first', expires_in: 3600 }
  expect([await tokens.get(calm), await tokens.get(calm)]).toEqual(['first', 'first'])
  expect(asked).toEqual([
    {
      type: 'application/x-www-form-urlencoded',
      form: 'grant_type=client_credentials&client_id=ferry&client_secret=s+%26+p&scope=a%2F.default',
    },
  ])
  answer.body = { access_token: 'second', expires_in: 3600 }
  clock.now += 3_400_000
  expect(await tokens.get(calm)).toBe('second')
  tokens.forget()
  await tokens.get(calm)
  expect(asked).toHaveLength(3)
})

test('without a scope none is sent', async () => {
  const { asked, answer, tokens } = await start()
  answer.body = { access_token: 'first' }
  await tokens.get(calm)
  expect(asked[0]?.form).not.toContain('scope')
})

test.each([
  [401, 'TokenRefusedError', 'token from `token_url`: HTTP 401: {"said":"[secret]"}; correct `client_id`'],
  [503, 'TokenDelayedError', 'token from `token_url`: HTTP 503: {"said":"[secret]"}'],
])('HTTP %i: %s, without the secret', async (status, name, message) => {
  const { answer, tokens } = await start()
  Object.assign(answer, { status, body: { said: 's & p' } })
  await expect(tokens.get(calm)).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
})

test('nobody listens: names the address', async () => {
  const { tokens } = await start({ token_url: 'http://127.0.0.1:1/' })
  const failed = expect.objectContaining({ code: 'ECONNREFUSED' })
  await expect(tokens.get(calm)).rejects.toMatchObject({ message: NO_TOKEN, cause: failed })
})
