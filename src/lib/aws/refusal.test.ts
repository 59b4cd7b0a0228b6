import { expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import { areAwsCredentialsStale, cureOfRole, outcomeOfAwsFailure } from './refusal.ts'

/** As the SDK throws an STS error, for a sink that has no error names of its own. */
test.each([
  ['BandwidthLimitExceeded', 'retry'],
  ['EC2ThrottledException', 'retry'],
  ['LimitExceededException', 'retry'],
  ['PriorRequestNotComplete', 'retry'],
  ['ProvisionedThroughputExceededException', 'retry'],
  ['RequestLimitExceeded', 'retry'],
  ['RequestThrottled', 'retry'],
  ['RequestThrottledException', 'retry'],
  ['SlowDown', 'retry'],
  ['ThrottledException', 'retry'],
  ['Throttling', 'retry'],
  ['ThrottlingException', 'retry'],
  ['TooManyRequestsException', 'retry'],
  ['TransactionInProgressException', 'retry'],
  ['AccessDenied', 'pause'],
])('%s where a role is assumed: %s', (name, kind) => {
  const thrown = Object.assign(new Error('Rate exceeded'), { name, $metadata: { httpStatusCode: 400 } })
  const rules = { retry: new Set<string>(), cure: () => '' }
  const reason = `${name}, HTTP 400: Rate exceeded`
  expect(outcomeOfAwsFailure(thrown, {}, rules, 0)).toEqual({ kind, reason })
})

test('an answer that the SDK cannot read is shown as it came', () => {
  const message = 'Unexpected token \'<\', "<html>busy</html>" is not valid JSON\n  Deserialization error: …'
  const answer = { $metadata: { httpStatusCode: 502 }, $response: { text: '<html>busy, says sk-1</html>' } }
  const thrown = Object.assign(new SyntaxError(message), answer)
  const rules = { retry: new Set<string>(), cure: () => '' }
  const config = { secret_access_key: new Secret(() => 'sk-1') }
  const reason = expect.stringMatching(/^HTTP 502: <html>busy, says (?!sk-1)/)
  expect(outcomeOfAwsFailure(thrown, config, rules, 0)).toEqual({ kind: 'retry', reason })
})

test('advice that Node gives to those who start it is left out', () => {
  const message =
    'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca'
  const thrown = Object.assign(new Error(message), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  const rules = { retry: new Set<string>(), cure: () => 'set `tls.ca_file`' }
  const reason = 'unable to verify the first certificate; set `tls.ca_file`'
  expect(outcomeOfAwsFailure(thrown, {}, rules, 0)).toEqual({ kind: 'pause', reason })
})

test.each([
  'Region is missing',
  'Region not accepted: region="eu_west_1" is not a valid hostname component.',
])('a region that the environment lacks or misspells needs a person: %s', (message) => {
  const rules = { retry: new Set<string>(), cure: () => '' }
  expect(outcomeOfAwsFailure(new Error(message), {}, rules, 0)).toEqual({ kind: 'pause', reason: message })
})

test.each([
  ['Unknown', 401, true],
  ['Unknown', 403, true],
  ['SignatureDoesNotMatch', 403, true],
  ['RequestTimeTooSkewed', 403, false],
  ['Unknown', 404, false],
])('%s with status %i: credentials may have been rotated: %s', (name, httpStatusCode, isStale) => {
  const thrown = Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode } })
  expect(areAwsCredentialsStale(thrown)).toBe(isStale)
})

test.each([
  ['Not authorized to perform sts:AssumeRoleWithWebIdentity', expect.stringContaining('trust policy')],
  ['Not authorized to perform s3:PutObject', undefined],
])('a role of the AWS chain: %s', (message, cure) => {
  const thrown = Object.assign(new Error(message), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  })
  expect(cureOfRole(thrown)).toEqual(cure)
})
