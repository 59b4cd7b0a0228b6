import { expect, test } from 'vitest'
import { catalogue } from '../../src/normalise/catalogue.ts'
import { eventOfEach, eventOfEachKind } from './sample-events.ts'

test('there is an event of each id and of each kind', () => {
  expect(eventOfEach().map(({ action }) => action)).toEqual(catalogue.map(({ event }) => event))
  expect(eventOfEachKind()).toHaveLength(new Set(catalogue.map(({ kind }) => kind)).size + 1)
  expect(new Set(eventOfEach().map(({ uid }) => uid)).size).toBe(catalogue.length)
})

test.each([
  ['team-created', { type: 'team', name: 'ops' }],
  ['custom-role-updated', { type: 'role', name: 'auditor' }],
  ['member-role-changed', { type: 'org-member', user: 'bob', role: 'admin' }],
  ['member-added', { type: 'org-member', user: 'bob' }],
  ['stack-created', { type: 'stack', project: expect.any(String), stack: expect.any(String) }],
])('%s names its target', (action, target) => {
  expect(eventOfEach().find((event) => event.action === action)?.target).toMatchObject(target)
})
