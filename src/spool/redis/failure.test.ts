import { expect, test } from 'vitest'
import { Secret } from '../../lib/secret.ts'
import { describeFailure } from './failure.ts'

const failed = (code: string, message: string) => Object.assign(new Error(message), { code })

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"],
])('a certificate that is not trusted is reported with the option that fixes it: %s', (code, message) => {
  const address = { url: new Secret('rediss://redis.example:6380') }
  expect(describeFailure(failed(code, message), address, false)).toBe(
    `shows a certificate that is not trusted (${message}): let \`state.tls.ca_file\` name its CA, and use a host name that is in it`,
  )
})

test('other failures are reported as they are', () => {
  const address = { url: new Secret('redis://redis.example') }
  expect(describeFailure(failed('ECONNREFUSED', 'connect ECONNREFUSED'), address, false)).toBe(
    "can't be reached: connect ECONNREFUSED",
  )
})

test.each([
  [
    'Last error: ERR No such master with that name',
    'is not what the sentinels look after: check `state.sentinel.name`',
  ],
  [
    'Last error: Connection is closed.',
    "can't be reached: no sentinel keeps the connection. Check `state.sentinel.nodes`, and if they speak TLS let `state.tls.ca_file` name the CA of their certificate",
  ],
])('failures of sentinels are reported with the option that fixes it: %s', (error, told) => {
  const failure = new Error(`All sentinels are unreachable. Retrying from scratch after 50ms. ${error}`)
  expect(describeFailure(failure, { sentinel: { name: 'audit', nodes: [] } }, false)).toBe(told)
})

test.each([
  [{}, 'if they ask for a client certificate, set `state.tls.cert_file`'],
  [{ certFile: 'own.pem' }, 'trust the certificate in `state.tls.cert_file`'],
])('sentinels that end a TLS connection may want a client certificate: %j', (tls, told) => {
  const failure = new Error('All sentinels are unreachable. Last error: Connection is closed.')
  const address = {
    sentinel: { name: 'audit', nodes: [] },
    tls: { caFile: 'ca.pem', insecureSkipVerify: false, ...tls },
  }
  expect(describeFailure(failure, address, false)).toContain(told)
})
