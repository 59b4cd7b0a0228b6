import { describe, expect, test } from 'vitest'
import { eventOf } from '../../test/formats/sample-events.ts'
import { udm } from './udm.ts'

describe('an event without the nouns of its type is a generic one', () => {
  test.each([
    ['user-login', {}, 'USER_LOGIN'],
    ['user-login', { sourceIp: '' }, 'GENERIC_EVENT'],
    ['user-login', { login: '' }, 'GENERIC_EVENT'],
    ['stack-created', { description: 'Created stack "web/prod"' }, 'USER_RESOURCE_CREATION'],
    ['stack-created', { description: 'Created a stack' }, 'GENERIC_EVENT'],
    ['stack-created', { description: 'Created stack "web/prod"', login: '' }, 'GENERIC_EVENT'],
    ['policy-pack-disabled', {}, 'SETTING_MODIFICATION'],
    ['policy-pack-disabled', { sourceIp: 'unknown' }, 'GENERIC_EVENT'],
    ['environment-schedule-created', {}, 'SCHEDULED_TASK_CREATION'],
    ['environment-schedule-created', { login: '' }, 'GENERIC_EVENT'],
    ['team-created', { description: 'Created team "ops"' }, 'GROUP_CREATION'],
    ['team-created', { description: 'Created a team' }, 'GENERIC_EVENT'],
    ['member-role-changed', { description: 'Changed role of "bob" to "admin"' }, 'USER_CHANGE_PERMISSIONS'],
    ['member-role-changed', { description: 'Changed a role' }, 'GENERIC_EVENT'],
    ['of-tomorrow', {}, 'GENERIC_EVENT'],
  ])('%s with %j: %s', (event, fields, expected) => {
    expect(encode(event, fields).metadata.eventType).toBe(expected)
  })
})

test.each([
  ['auth-failure-environment', { authFailure: true }, 'ACL_VIOLATION', 'BLOCK'],
  ['user-login-failed', {}, 'AUTH_VIOLATION', 'FAIL'],
  ['environment-rotated', { description: 'Rotation failed' }, undefined, 'FAIL'],
  ['environment-rotated', { description: 'Rotated' }, undefined, 'ALLOW'],
  ['of-tomorrow', {}, undefined, undefined],
])('the result of %s with %j', (event, fields, category, action) => {
  const [result] = encode(event, fields).securityResult
  expect([result.category, result.action]).toEqual([category && [category], action && [action]])
})

test('a long description is truncated where Google requires it, and complete elsewhere', () => {
  const description = 'é"\\\n'.repeat(1 << 18)
  const { metadata, securityResult } = encode('stack-created', { description })
  expect(metadata.description).toBe(description.slice(0, 819))
  expect(securityResult[0].description).toBe(description)
})

test('an invalid address is not the address of a machine', () => {
  const { principal, additional } = encode('stack-created', { sourceIp: '9f86d081884c7d65' })
  expect(principal).not.toHaveProperty('ip')
  expect(additional.source_address).toBe('9f86d081884c7d65')
})

test.each([
  [
    'an agent alone',
    { login: '', name: '' },
    { productObjectId: 'urn:pulumi:agent:7', userDisplayName: 'neo' },
  ],
  ['an agent in the name of a user', {}, { userid: 'dana', userDisplayName: 'Dana Okafor' }],
])('the actor: %s', (_, fields, expected) => {
  const actor = { actorName: 'neo', actorUrn: 'urn:pulumi:agent:7', ...fields }
  const { user, application } = encode('stack-created', actor).principal
  const account = 'productObjectId' in expected ? { accountType: 'SERVICE_ACCOUNT_TYPE' } : {}
  expect(user).toEqual({ ...expected, ...account, companyName: 'acme' })
  expect(application).toBe('neo')
})

test('what was redacted is absent, and a time that no calendar knows is told beside', () => {
  const event = eventOf({ event: 'stack-created', sourceIp: '', timestamp: 1e15, description: 'x' })
  const redacted = {
    ...event,
    actor: { type: 'user', login: '', name: '' },
    description: '',
    raw: undefined,
  } as const
  const sent = JSON.parse(udm.encode(redacted))
  expect(sent).not.toHaveProperty('principal')
  expect(sent.metadata).not.toHaveProperty('description')
  expect(sent.metadata.eventTimestamp).toBe(sent.metadata.collectedTimestamp)
  expect(sent.additional.timestamp).toBe('1000000000000000')
  expect(sent.additional).not.toHaveProperty('raw')
})

function encode(event: string, fields: Parameters<typeof eventOf>[0]) {
  return JSON.parse(udm.encode(eventOf({ event, ...fields })))
}
