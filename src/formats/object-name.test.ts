import { expect, test } from 'vitest'
import { eventOf } from '../../test/formats/sample-events.ts'
import { objectName } from './object-name.ts'

const event = eventOf({ event: 'stack-created' })

test.each([
  [{ type: 'stack', project: 'web', stack: 'prod' }, 'acme/web/prod'],
  [{ type: 'environment', project: 'web', name: 'prod' }, 'acme/web/prod'],
  [{ type: 'stack', project: 'web' }, 'acme/web'],
  [{ type: 'team', name: 'ops' }, 'ops'],
  [{ type: 'org-member', user: 'bob', role: 'admin' }, 'bob'],
  [{ type: 'stack', updateId: 'u-1' }, undefined],
  [undefined, undefined],
])('of %j is %j', (target, expected) => {
  expect(objectName({ ...event, ...(target && { target }) }, 'stack')).toBe(expected)
})

test('an organization is named by the event itself', () => {
  expect(objectName(event, 'organization')).toBe('acme')
  expect(objectName({ ...event, target: { type: 'organization', name: 'other' } }, 'organization')).toBe(
    'other',
  )
})
