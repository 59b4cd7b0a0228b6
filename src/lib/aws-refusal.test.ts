import { expect, test } from 'vitest'
import { outcomeOfAwsFailure } from './aws-refusal.ts'

/** As the SDK throws an answer of STS, for a sink that knows no names of its own. */
test.each([
  ['Throttling', 'retry'],
  ['ThrottlingException', 'retry'],
  ['AccessDenied', 'pause'],
])('%s where a role is assumed: %s', (name, kind) => {
  const thrown = Object.assign(new Error('Rate exceeded'), { name, $metadata: { httpStatusCode: 400 } })
  const rules = { retry: new Set<string>(), cure: () => '' }
  const reason = `${name}, HTTP 400: Rate exceeded`
  expect(outcomeOfAwsFailure(thrown, {}, rules, 0)).toEqual({ kind, reason })
})
