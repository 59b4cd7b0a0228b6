import { expect, test } from 'vitest'
import { eventOf } from '../../test/formats/sample-events.ts'
import { asim } from './asim.ts'

test.each([
  ['stack-created', { description: 'Created stack "web/prod"' }, 'acme/web/prod', 'Cloud Resource'],
  ['stack-created', { description: 'Created a stack' }, 'stack', 'Cloud Resource'],
  ['organization-settings-changed', {}, 'acme', 'Configuration Atom'],
  ['policy-pack-disabled', { description: 'Disabled pack "soc2"' }, 'soc2', 'Policy Rule'],
  ['of-tomorrow', {}, 'acme', 'Other'],
])('the object of %s with %j is %s', (event, fields, name, type) => {
  expect(encode(event, fields)).toMatchObject({ Object: name, ObjectType: type })
})

test.each([
  ['success', 'stack-created', {}, undefined],
  ['failure', 'auth-failure-environment', { authFailure: true }, 'Permission denied'],
  ['failure', 'environment-rotated', { description: 'Rotation failed' }, undefined],
  ['failure', 'user-login-failed', {}, 'Other'],
])('a %s of %s with %j has the details %j', (_, event, fields, details) => {
  expect(encode(event, fields).EventResultDetails).toBe(details)
})

test('the target is the user who logs in; otherwise it is the actor', () => {
  const own = encode('user-login', { description: 'User "dana" logged in' })
  expect(own).toMatchObject({
    TargetUsername: 'dana',
    TargetUsernameType: 'Simple',
    TargetUserType: 'Regular',
  })
  expect(own).not.toHaveProperty('ActorUsername')
  const other = encode('user-login', { description: 'User "bob" logged in' })
  expect(other).toMatchObject({ TargetUsername: 'bob', ActorUsername: 'dana', ActorUserType: 'Regular' })
  expect(other).not.toHaveProperty('TargetUserType')
})

test.each([
  [{ login: 'dana@example.com' }, 'dana@example.com', 'UPN', 'Regular'],
  [{ login: '', name: '', actorName: 'neo', actorUrn: 'urn:agent:7' }, 'neo', 'Simple', 'Application'],
  [{ login: '', name: '', actorName: 'ci', actorUrn: 'urn:deploy:7' }, 'ci', 'Simple', 'Service Principal'],
  [{ actorName: 'neo', actorUrn: 'urn:agent:7' }, 'dana', 'Simple', 'Regular'],
  [{ login: '', name: '' }, undefined, undefined, 'System'],
  [{ login: '' }, undefined, undefined, 'Regular'],
])('the actor of %j', (fields, name, nameType, type) => {
  const row = encode('stack-created', fields)
  expect([row.ActorUsername, row.ActorUsernameType, row.ActorUserType]).toEqual([name, nameType, type])
})

test('the record is left out if the field would be truncated with it', () => {
  const small = encode('stack-created', { description: 'x'.repeat(30_000) })
  expect(JSON.parse(small.AdditionalFields.Raw).description).toHaveLength(30_000)
  for (const description of ['"'.repeat(20_000), 'é'.repeat(33_000), 'x'.repeat(1 << 20)]) {
    const row = encode('stack-created', { description })
    expect(row.EventMessage).toBe(description)
    expect(row.AdditionalFields).not.toHaveProperty('Raw')
    expect(row.AdditionalFields.ActionName).toBe('Stack Created')
  }
})

test('what was redacted is absent', () => {
  const event = eventOf({ event: 'stack-created', sourceIp: '' })
  const actor = { type: 'user', login: '', name: '' } as const
  const row = JSON.parse(asim.encode({ ...event, actor, description: '', raw: undefined }))
  for (const column of ['ActorUsername', 'ActorUsernameType', 'SrcIpAddr', 'EventMessage']) {
    expect(row).not.toHaveProperty(column)
  }
  expect(row.AdditionalFields).not.toHaveProperty('Raw')
})

function encode(event: string, fields: Parameters<typeof eventOf>[0]) {
  return JSON.parse(asim.encode(eventOf({ event, ...fields })))
}
