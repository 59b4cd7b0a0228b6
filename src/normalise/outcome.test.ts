import { expect, test } from 'vitest'
import { identify } from './catalogue.ts'
import { record } from './fixtures/record.ts'
import { actorType, outcomeOf } from './outcome.ts'

test.each([
  ['stack-created', false, '', 'success'],
  ['stack-created', true, '', 'failure'],
  ['auth-failure-environment', false, '', 'failure'],
  ['user-login-failed', false, '', 'failure'],
  ['environment-unauthorized-open', false, '', 'failure'],
  ['never-heard-of', false, 'it failed', 'unknown'],
  ['never-heard-of', true, '', 'failure'],
  ['stack-created', false, 'creation failed', 'success'],
] as const)('%s with failure flag %s', (event, authFailure, description, outcome) => {
  expect(outcomeOf(identify(event).entry, authFailure, description)).toBe(outcome)
})

test.each([
  ['Rotated secrets of environment "web/prod"', 'success'],
  ['Rotation of environment "web/prod" failed: access denied', 'failure'],
  ['Failed to rotate environment web/prod', 'failure'],
  ['Rotation of "web/prod" was unsuccessful', 'failure'],
  ['Rotated environment "failed/error", secret "last failed login"', 'success'],
  ['Rotated environment error-tracking/failed-jobs', 'success'],
  ['Rotated 3 secrets, 0 failed', 'success'],
  ['Rotated without errors', 'success'],
])('only the words of a rotation tell its outcome: %s', (description, outcome) => {
  expect(outcomeOf(identify('environment-rotated').entry, false, description)).toBe(outcome)
})

test.each([
  [{ login: 'dana' }, 'user'],
  [{ login: 'dana', tokenName: 'ci-deploy' }, 'user'],
  [{ login: 'acme', actorUrn: 'urn:pulumi:deploy-token:1' }, 'token'],
  [{ login: 'dana', actorUrn: 'urn:pulumi:agent:7' }, 'agent'],
  [{ login: 'dana', actorUrn: 'urn:pulumi:management-token:7' }, 'token'],
  [{ login: '', name: '' }, 'system'],
] as const)('who acted in %j', (fields, type) => {
  expect(actorType(record(fields))).toBe(type)
})
