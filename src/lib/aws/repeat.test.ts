/** Where repeated requests go, and how their answers are read; tested with real sockets. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { afterEach, expect, test, vi } from 'vitest'
import { createHttpClient } from '../http/http.ts'
import { Secret } from '../secret.ts'
import { prepareRepeat } from './repeat.ts'
import { handlerOver } from './transport.ts'

const calm = new AbortController().signal

afterEach(() => {
  vi.unstubAllEnvs()
})

/** A proxy that makes no connections, and answers all other requests with `body`. */
async function serve(body: string) {
  const asked: string[] = []
  const headers: (readonly [name: string, value: unknown])[] = []
  const server = createServer((request, response) => {
    headers.push(...Object.entries(request.headers))
    asked.push(`${request.method} ${request.headers.host}${request.url}`)
    response.end(body)
  })
  server.on('connect', ({ url }, socket) => {
    asked.push(`CONNECT ${url}`)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, asked, headers, close: () => server.close() }
}

async function repeatTo(given: { endpoint?: string; proxy?: string }) {
  const { endpoint, proxy } = given
  const tls = { insecureSkipVerify: false }
  const http = createHttpClient({
    ...{ timeoutMs: 5000, tls },
    ...(proxy !== undefined && { proxy: new Secret(proxy) }),
  })
  const client = new EventBridgeClient({
    maxAttempts: 1,
    requestHandler: handlerOver(http),
    credentials: { accessKeyId: 'AK', secretAccessKey: 'hidden' },
    ...(endpoint !== undefined && { endpoint }),
  })
  const repeat = await prepareRepeat(client, () => new PutEventsCommand({ Entries: [] }), http)
  return { http, send: () => repeat(Buffer.from('{"Entries":[]}'), calm) }
}

test.each([
  [{ AWS_REGION: 'eu-west-1' }, 'events.eu-west-1.amazonaws.com'],
  [{ AWS_REGION: 'cn-north-1' }, 'events.cn-north-1.amazonaws.com.cn'],
  [{ AWS_REGION: 'us-east-1', AWS_USE_FIPS_ENDPOINT: 'true' }, 'events-fips.us-east-1.amazonaws.com'],
  [{ AWS_REGION: 'eu-west-1', AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'events.eu-west-1.api.aws'],
])('with %j the SDK chooses %s', async (env, host) => {
  const proxy = await serve('')
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const { send, http } = await repeatTo({ proxy: proxy.url })
  await expect(send()).rejects.toThrow()
  await http.close()
  proxy.close()
  expect(proxy.asked).toEqual([`CONNECT ${host}:443`])
})

test.each(['endpoint', 'environment'])('the address of the %s and its path', async (where) => {
  const { url, asked, close } = await serve('{"Entries":null,"FailedEntryCount":0}')
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  const endpoint = `${url}/behind`
  if (where === 'environment') vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', endpoint)
  const { send, http } = await repeatTo(where === 'endpoint' ? { endpoint } : {})
  expect(await send()).toEqual({ FailedEntryCount: 0 })
  await http.close()
  close()
  expect(asked).toEqual([`POST ${new URL(url).host}/behind/`])
})

test('no header that the SDK does not set for this service', async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  const { url, headers, close } = await serve('{}')
  const { send, http } = await repeatTo({ endpoint: url })
  await send()
  await http.close()
  close()
  expect(headers).toContainEqual(['x-amz-target', 'AWSEvents.PutEvents'])
  expect(headers.filter(([, value]) => value === '')).toEqual([])
})

test('a client without a region says so', async () => {
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
  await expect(repeatTo({})).rejects.toThrow('Region is missing')
})
