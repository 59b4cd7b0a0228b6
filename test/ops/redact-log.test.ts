import { expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { MASK, redactFields, redactText } from '../../src/ops/redact-log.ts'

test.each([
  ['pul-0123456789abcdef0123456789abcdef01234567 was refused', `${MASK} was refused`],
  ['Authorization: token pul-abcdef012345', `Authorization: ${MASK}`],
  ['sent Splunk 12345678-90ab-cdef-1234-567890abcdef', `sent Splunk ${MASK}`],
  ['token abc123def456 expired', `token ${MASK} expired`],
  ['Bearer eyJhbGciOi.JIUzI1.NiJ9 refused', `Bearer ${MASK} refused`],
  ['secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `secret ${MASK}`],
  ['key AKIAIOSFODNN7EXAMPLE', `key ${MASK}`],
  ['https://dana:s3cr3t@proxy.example:3128/x', `https://${MASK}@proxy.example:3128/x`],
  ['redis://:p@ss@redis.example/0', `redis://${MASK}@redis.example/0`],
  ['GET /x?api_key=hunter2&page=2', `GET /x?api_key=${MASK}&page=2`],
  ['/blob?sv=1&sig=deadbeef', `/blob?sv=1&sig=${MASK}`],
  ['X-Amz-Signature=deadbeef&a=1', `X-Amz-Signature=${MASK}&a=1`],
  ['{"access_token":"hunter2","ok":true}', `{"access_token":"${MASK}","ok":true}`],
  ['set-cookie: AWSALB=xyz; Path=/', `set-cookie: ${MASK}`],
  [
    'POST https://sumo.example/receiver/v1/http/ZaVnC4dhaV2== failed',
    `POST https://sumo.example/receiver/v1/http/${MASK} failed`,
  ],
  ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', MASK],
])('masks %j', (text, expected) => {
  expect(redactText(text)).toBe(expected)
})

test.each([
  'token expired, ask for a new one',
  'sinks.soc.token: is missing',
  'Splunk answered HTTP 503',
  'https://api.pulumi.com/api/orgs/acme/auditlogs/v2?startTime=1795384721',
  'a continuation token: none',
  'basic authentication is not offered',
  'stopping: signal=SIGTERM design=1',
])('leaves %j', (text) => {
  expect(redactText(text)).toBe(text)
})

test('masks by key at any depth, keeps flags, and leaves a Secret to itself', () => {
  const fields = {
    access_token: 'hunter2',
    'x-hub-signature': 'abc',
    AuthorizationHeader: 'x',
    tokenExpired: true,
    password: 12345,
    sink: 'soc',
    nested: { headers: [{ cookie: 'a=b' }], url: 'https://u:p@h.example/' },
    options: new Secret('hunter2'),
  }
  expect(JSON.parse(JSON.stringify(redactFields(fields)))).toEqual({
    access_token: MASK,
    'x-hub-signature': MASK,
    AuthorizationHeader: MASK,
    tokenExpired: true,
    password: MASK,
    sink: 'soc',
    nested: { headers: [{ cookie: MASK }], url: `https://${MASK}@h.example/` },
    options: '[secret]',
  })
})
