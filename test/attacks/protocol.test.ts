/** Requests that two readers could understand differently are refused, and a flood is stopped early. */
import { expect, it } from 'vitest'
import { sendBytes } from './ask.ts'
import { type Target, withTarget } from './target.ts'

let target: Target
withTarget((opened) => {
  target = opened
})

/** Would drop all dead letters if it were read as a separate request. */
const smuggled = () =>
  `POST /api/v1/dead-letters/drop HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${target.operator}\r\n` +
  'Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"all":true}'

const front = (...headers: string[]) =>
  `POST /api/v1/dead-letters/retry HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers.join('\r\n')}\r\n\r\n`

it.each([
  ['two lengths', ['Content-Length: 2', 'Content-Length: 4'], '{}'],
  ['two lengths in one', ['Content-Length: 2, 4'], '{}'],
  ['a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'],
  ['chunks by another name', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  ['chunks twice', ['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'],
  ['chunks before what is no coding', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ['a blank before the colon', ['Content-Length : 2'], '{}'],
  ['a folded header', ['X-A: b', ' Content-Length: 2'], '{}'],
  ['a negative length', ['Content-Length: -1'], '{}'],
  ['a length with a sign', ['Content-Length: +2'], '{}'],
  ['a length in hexadecimal', ['Content-Length: 0x2'], '{}'],
  ['a length beyond numbers', ['Content-Length: 99999999999999999999'], '{}'],
  ['a size of a chunk that is none', ['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
  ['a NUL in a header', ['X-A: b\u0000c', 'Content-Length: 2'], '{}'],
  ['a lone CR in a header', ['X-A: b\rContent-Length: 2'], '{}'],
])('refuses %s, and what follows it', async (_, headers, body) => {
  const answer = await sendBytes(target.url, front(...headers) + body + smuggled())
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400'])
  expect(answer).not.toMatch(/dropped|\n\s+at /)
})

it.each([
  ['no Host', 'GET /api/v1/status HTTP/1.1\r\n\r\n'],
  ['an empty Host', 'GET /api/v1/status HTTP/1.1\r\nHost:\r\n\r\n'],
  ['two Hosts', 'GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n'],
  ['another protocol', 'GET /api/v1/status HTTP/9.9\r\nHost: localhost\r\n\r\n'],
  ['no protocol', 'GET /api/v1/status\r\n\r\n'],
  ['a blank in the path', 'GET /api/v1/sta tus HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a NUL in the path', 'GET /api/v1/\u0000status HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['no path', 'GET  HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a method that is none', 'GE\u0000T / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['TLS on a plain port', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
])('refuses %s', async (_, bytes) => {
  const answer = await sendBytes(target.url, bytes)
  expect(answer.match(/HTTP\/1\.1 \d+/g)?.[0] ?? 'closed').toMatch(/HTTP\/1\.1 40[03]|closed/)
  expect(answer).not.toMatch(/\n\s+at /)
})

it('is not a proxy', async () => {
  for (const path of [
    'http://evil.example/api/v1/status',
    '//evil.example/api/v1/status',
    'evil.example:443',
    '*',
  ]) {
    for (const method of ['GET', 'OPTIONS', 'CONNECT']) {
      const answer = await sendBytes(
        target.url,
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      )
      expect([method, path, /^HTTP\/1\.1 (40[0-9])|^$/.test(answer)]).toEqual([method, path, true])
    }
  }
})

it('refuses a flood of headers', async () => {
  const flood = Array.from({ length: 100_000 }, (_, at) => `X-${at}: y`).join('\r\n')
  const answer = await sendBytes(target.url, `GET / HTTP/1.1\r\nHost: localhost\r\n${flood}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 431|^$/)
})

it('answers others while a hundred connections send nothing', async () => {
  const idle = Array.from({ length: 100 }, () => sendBytes(target.url, 'POST / HTTP/1.1\r\nHost: l', 3_000))
  expect((await target.ask('/healthz')).status).toBe(200)
  await Promise.all(idle)
})
