import { expect, it } from 'vitest'
import { hasMembers, memberAt, memberOf } from './members.ts'

const record = { user: { login: 'dana', roles: ['admin', 'member'] }, note: 'text' }

it.each([
  [['user', 'login'], 'dana'],
  [['user', 'roles', 1], 'member'],
  [['user', 'roles', '0'], 'admin'],
  [[], record],
])('finds what stands at %j', (path, value) => {
  expect(memberAt(record, path)).toEqual(value)
})

it.each([
  ['what is not there', ['user', 'email']],
  ['what lies behind that', ['user', 'email', 'domain']],
  ['what a text knows of itself', ['note', 'length']],
  ['what every object inherits', ['user', 'constructor']],
])('finds nothing for %s', (_, path) => {
  expect(memberAt(record, path)).toBeUndefined()
})

it('takes objects and lists for what has members, and nothing else', () => {
  expect([{}, [], null, undefined, 'text', 1].map(hasMembers)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ])
  expect(memberOf(null, 'user')).toBeUndefined()
})
