/** The emulator must refuse what S3 refuses, or else tests against it prove nothing. Driven by the plain SDK. */
import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type S3Emulator, startS3Emulator } from './emulator.ts'
import { readPayload } from './payload.ts'

let emulator: S3Emulator
let client: S3Client
const clientWith = (options: S3ClientConfig = {}) =>
  new S3Client({
    endpoint: emulator.url,
    region: emulator.region,
    credentials: { accessKeyId: emulator.key.id, secretAccessKey: emulator.key.secret },
    forcePathStyle: true,
    maxAttempts: 1,
    ...options,
  })
const put = (key: string, body: string, to = client) =>
  to.send(new PutObjectCommand({ Bucket: emulator.bucket, Key: key, Body: body }))

beforeEach(async () => {
  emulator = await startS3Emulator()
  client = clientWith()
})
afterEach(async () => {
  client.destroy()
  await emulator.stop()
})

test.each(['plain', "a/b=c/!_.*'()-", 'é 😀+%2F?&#'])('%s is put, listed and read back', async (key) => {
  await put(key, 'hello')
  const listed = await client.send(new ListObjectsV2Command({ Bucket: emulator.bucket, Prefix: key[0] }))
  expect(listed.Contents?.map((it) => [it.Key, it.Size])).toEqual([[key, 5]])
  const got = await client.send(new GetObjectCommand({ Bucket: emulator.bucket, Key: key }))
  expect(await got.Body?.transformToString()).toBe('hello')
})

test('a list comes in pages', async () => {
  for (const key of ['a/1', 'a/2', 'a/3', 'b']) await put(key, key)
  const page = async (token?: string) =>
    client.send(
      new ListObjectsV2Command({
        Bucket: emulator.bucket,
        Prefix: 'a/',
        MaxKeys: 2,
        ContinuationToken: token,
      }),
    )
  const first = await page()
  const second = await page(first.NextContinuationToken)
  expect([...(first.Contents ?? []), ...(second.Contents ?? [])].map((it) => it.Key)).toEqual([
    'a/1',
    'a/2',
    'a/3',
  ])
  expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false])
})

test('virtual-host style works as path style does', async () => {
  const httpAgent = new Agent({
    lookup: (_, options, found) =>
      options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
  })
  const endpoint = `http://s3.example:${emulator.port}`
  const virtual = clientWith({ endpoint, forcePathStyle: false, requestHandler: { httpAgent } })
  await put('dir/key', 'hello', virtual)
  expect([...emulator.objects.keys()]).toEqual(['dir/key'])
  expect(emulator.requests[0]).toMatch(/^PUT \/dir\/key\?/)
  virtual.destroy()
})

describe('what is not rightly signed is refused', () => {
  const credentials = (secretAccessKey: string, sessionToken?: string) => ({
    accessKeyId: emulator.key.id,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  })
  test.each([
    ['a wrong secret', () => ({ credentials: credentials('wrong') }), 'SignatureDoesNotMatch'],
    ['a stray token', () => ({ credentials: credentials(emulator.key.secret, 'stray') }), 'InvalidToken'],
    ['another region', () => ({ region: 'us-west-2' }), 'AuthorizationHeaderMalformed'],
    ['an old clock', () => ({ systemClockOffset: -3_600_000 }), 'RequestTimeTooSkewed'],
  ])('%s', async (_, options, name) => {
    const wrong = clientWith(options())
    await expect(put('k', 'hello', wrong)).rejects.toMatchObject({ name })
    expect(emulator.objects.size).toBe(0)
    wrong.destroy()
  })

  test('no signature at all', async () => {
    const answer = await fetch(`${emulator.url}/${emulator.bucket}/k`, { method: 'PUT', body: 'x' })
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('AccessDenied')])
  })

  test.each([
    ['the key', 'path'],
    ['a header', 'header'],
    ['the body', 'body'],
  ])('%s changed on the way', async (_, what) => {
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { path: string; body: unknown; headers: Record<string, string> }
        if (what === 'path') request.path += 'x'
        if (what === 'header') request.headers['x-amz-meta-added'] = 'later'
        if (what === 'body') request.body = 'jello'
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    const name = { path: 'SignatureDoesNotMatch', header: 'AccessDenied', body: 'XAmzContentSHA256Mismatch' }[
      what
    ]
    await expect(put('k', 'hello')).rejects.toMatchObject({ name })
    expect(emulator.objects.size).toBe(0)
  })
})

describe('payloads', () => {
  const chunked =
    (text: string, length = 5) =>
    () =>
      readPayload(
        {
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-decoded-content-length': String(length),
          'x-amz-trailer': 'x-amz-checksum-crc32',
        },
        Buffer.from(text),
      )

  test('chunks are joined and their trailing checksum holds', () => {
    const payload = chunked('3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n')()
    expect([payload.bytes.toString(), payload.checked]).toEqual(['hello', true])
  })

  test.each([
    ['a wrong checksum', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest'],
    ['no checksum', '5\r\nhello\r\n0\r\n\r\n', 'IncompleteBody'],
    ['a cut chunk', '5\r\nhel', 'IncompleteBody'],
    ['a chunk too few', '3\r\nhel\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', 'IncompleteBody'],
  ])('%s is refused', (_, text, code) => {
    expect(chunked(text)).toThrow(code)
  })

  test('a stream of the SDK arrives whole', async () => {
    const body = Readable.from([Buffer.from('hel'), Buffer.from('lo')])
    await client.send(
      new PutObjectCommand({ Bucket: emulator.bucket, Key: 'k', Body: body, ContentLength: 5 }),
    )
    const stored = emulator.objects.get('k')
    expect(stored?.body.toString()).toBe('hello')
    expect(stored?.headers['x-amz-content-sha256']).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
  })
})
