import { expect, test } from 'vitest'
import { clientOf } from './fixtures/client-of.ts'
import { createHttpClient } from './http.ts'
import { answerInWords, excerptOf, outcomeOfFailure, retryAfterMs } from './outcome.ts'

test('a header that HTTP cannot carry waits for a person: a secret file may have been replaced by anything', async () => {
  const client = createHttpClient({ timeoutMs: 1_000, tls: { insecureSkipVerify: false } })
  const headers = { authorization: 'Splunk two\nlines' }
  const { signal } = new AbortController()
  const thrown = await client
    .send({ method: 'POST', url: 'http://127.0.0.1:1', headers, signal })
    .catch((error: unknown) => error)
  expect(outcomeOfFailure(thrown)).toEqual({ kind: 'pause', reason: 'invalid authorization header' })
})

test('an unanswered request names the option', async () => {
  const { client, url } = await clientOf(() => {}, 100)
  const { signal } = new AbortController()
  const thrown = await client
    .send({ method: 'POST', url, headers: {}, signal })
    .catch((error: unknown) => error)
  expect(outcomeOfFailure(thrown)).toEqual({ kind: 'retry', reason: 'no answer within 0.1s (`timeout`)' })
})

test('an unknown host says what to check', () => {
  const thrown = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere'), { code: 'ENOTFOUND' })
  expect(outcomeOfFailure(thrown)).toEqual({
    kind: 'pause',
    reason: 'getaddrinfo ENOTFOUND nowhere: check the host name in the address',
  })
})

test('what OpenSSL says is shortened to what helps a person', () => {
  const message =
    '40CD6C63047F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/any.c:77:\n'
  const thrown = Object.assign(new Error(message), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })
  expect(outcomeOfFailure(thrown)).toEqual({
    kind: 'pause',
    reason: 'TLS: SSL routines: wrong version number',
  })
})

test.each(['INVALID_PURPOSE', 'INVALID_CA', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
  'a certificate that is refused with %s waits for a person',
  (code) => {
    expect(outcomeOfFailure(Object.assign(new Error('refused'), { code })).kind).toBe('pause')
  },
)

test.each([
  ['7', 7_000],
  ['0', 0],
  ['Sun, 06 Nov 1994 08:49:47 GMT', 10_000],
  ['Sunday, 06-Nov-94 08:49:47 GMT', 10_000],
  ['Sun Nov  6 08:49:47 1994', 10_000],
  ['Sun, 06 Nov 1994 08:49:27 GMT', 0],
  ['99999999999999999999999', 3_600_000],
  ['-5', undefined],
  ['1.5', undefined],
  ['1e400', undefined],
  ['soon 12', undefined],
  ['2031-01-01', undefined],
  ['', undefined],
])('Retry-After %j is %s ms', (value, ms) => {
  expect(retryAfterMs({ 'retry-after': value }, Date.UTC(1994, 10, 6, 8, 49, 37))).toBe(ms)
})

test('a date of Retry-After is counted from the date of its answer: our clock may be another', () => {
  const headers = { date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:51:37 GMT' }
  expect(retryAfterMs(headers, Date.UTC(2026, 10, 25))).toBe(120_000)
})

test.each([
  ['https://portal.example/login?state=secret', 'https://portal.example'],
  ['//portal.example:8443/login', 'http://portal.example:8443'],
  ['/login?state=secret', 'another path of the same server'],
  ['javascript:secret', 'an address that is no web address'],
])('a redirect to %s names no more of its target than the origin', (location, place) => {
  const words = answerInWords({ status: 302, headers: { location }, body: 'Moved' })
  expect(words).toBe(`HTTP 302: Moved; redirects to ${place}, which is never followed`)
})

test('an excerpt is one line that cannot control a terminal', () => {
  expect(excerptOf('\u001b[31mno\r\n\u009b32m \u202etxet\u2028end\u200b')).toBe(': [31mno 32m txet end')
  expect(excerptOf(`${'😀'.repeat(99)}x😀`)).toBe(`: ${'😀'.repeat(99)}x`)
})

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate'],
])(
  'a certificate that is not trusted (%s) names the option that fixes it, not flags of Node',
  (code, text) => {
    const said = `${text}; if the root CA is installed locally, try running Node.js with --use-system-ca`
    expect(outcomeOfFailure(Object.assign(new Error(said), { code }))).toEqual({
      kind: 'pause',
      reason: `${text}: name the authority of its certificate in \`tls.ca_file\``,
    })
  },
)
