import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { clientOf } from './fixtures/client-of.ts'

const { signal } = new AbortController()
const success = '{"text":"Success","code":0}'

test.each<[string, string, Uint8Array, string]>([
  ['gzip', 'gzip', gzipSync(success), success],
  ['gzip by another name', 'X-GZip', gzipSync(success), success],
  ['gzip that breaks off', 'gzip', gzipSync(success, { level: 0 }).subarray(0, 24), '{"text":"S'.slice(0, 9)],
  ['no gzip', 'gzip', Buffer.from(success), success],
  ['nothing', 'gzip', Buffer.alloc(0), ''],
  ['not compressed', 'identity', Buffer.from(success), success],
])('%s is read as it was meant', async (_, encoding, sent, read) => {
  const { client, url } = await clientOf((_request, answer) => {
    answer.writeHead(200, { 'content-encoding': encoding }).end(sent)
  }, 10_000)
  const { body, bytes } = await client.send({ method: 'GET', url, headers: {}, signal })
  expect(body).toBe(read)
  expect(Buffer.from(bytes ?? []).toString()).toBe(read)
})

test('an answer is read no further than 1 MiB, compressed or not', async () => {
  const packed = gzipSync(Buffer.alloc(64 << 20))
  const { client, url } = await clientOf((request, answer) => {
    if (request.url === '/packed') answer.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)
    else answer.end(Buffer.alloc(2 << 20, 'x'))
  }, 10_000)
  const lengthOf = async (path: string) =>
    (await client.send({ method: 'GET', url: url + path, headers: {}, signal })).bytes?.length
  expect(await lengthOf('/packed')).toBe(packed.length)
  expect(await lengthOf('/plain')).toBe(1 << 20)
})
