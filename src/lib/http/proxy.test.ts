import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Secret } from '../secret.ts'
import { createHttpClient } from './http.ts'
import { outcomeOfFailure } from './outcome.ts'
import { connectionCure } from './poster.ts'

/** A proxy that answers every request with this status, both CONNECT and plain HTTP. */
async function refusingProxy(status: number): Promise<string> {
  const proxy: Server = createServer((_, answer) => answer.writeHead(status).end())
  proxy.on('connect', (_, socket: Socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`))
  onTestFinished(() => void proxy.close())
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

async function outcomeThrough(proxy: string, url: string) {
  const http = createHttpClient({
    timeoutMs: 5_000,
    tls: { insecureSkipVerify: false },
    proxy: new Secret(`http://user:hidden@${proxy}`),
  })
  onTestFinished(() => http.close())
  const { signal } = new AbortController()
  const thrown = await http.send({ method: 'GET', url, headers: {}, signal }).catch((error) => error)
  return { ...outcomeOfFailure(thrown), cure: connectionCure(thrown) }
}

test.each(['https://sink.invalid/', 'http://sink.invalid/'])(
  'a proxy that wants another password pauses, and says what to check: %s',
  async (url) => {
    const proxy = await refusingProxy(407)
    expect(await outcomeThrough(proxy, url)).toEqual({
      cure: 'check `proxy`, and that it lets this through',
      kind: 'pause',
      reason: `the proxy ${proxy} asks for credentials (HTTP 407): check user and password in \`proxy\``,
    })
  },
)

test.each(['send', 'stream'] as const)('one that no option names says what to do: %s', async (way) => {
  const proxy = await refusingProxy(407)
  const http = createHttpClient({ timeoutMs: 5_000, tls: { insecureSkipVerify: false } })
  onTestFinished(() => http.close())
  const { signal } = new AbortController()
  const sent = http[way]({ method: 'GET', url: `http://${proxy}`, headers: {}, signal })
  const thrown = await sent.catch((error: unknown) => error)
  expect({ ...outcomeOfFailure(thrown), cure: connectionCure(thrown) }).toEqual({
    cure: 'check `proxy`, and that it lets this through',
    kind: 'pause',
    reason: 'a proxy on the way asks for credentials (HTTP 407): name it, with user and password, in `proxy`',
  })
})

test.each([
  [403, 'pause'],
  [405, 'pause'],
  [302, 'pause'],
  [502, 'retry'],
  [503, 'retry'],
  [429, 'retry'],
])('a proxy that answers CONNECT with %i: %s', async (status, kind) => {
  const proxy = await refusingProxy(status)
  expect(await outcomeThrough(proxy, 'https://sink.invalid/')).toMatchObject({
    kind,
    reason: `the proxy ${proxy} does not connect (HTTP ${status}): check \`proxy\`, and what it lets through`,
  })
})
