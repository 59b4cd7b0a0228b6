import { expect, it } from 'vitest'
import { eventOf } from './letter-event.ts'

it.each([
  [
    { description: 'Created stack', actor: { login: 'dana' } },
    { title: 'Created stack', login: 'dana' },
  ],
  [
    { description: '', actionName: 'Stack Created', actor: {} },
    { title: 'Stack Created', login: '' },
  ],
  [
    { action: 'stack-created', actor: null },
    { title: 'stack-created', login: '' },
  ],
  [{ description: 4 }, { title: 'event', login: '' }],
  [null, { title: 'event', login: '' }],
])('names %j by what redaction left', (event, expected) => {
  expect(eventOf(event)).toEqual(expected)
})

it('cuts what is very long', () => {
  const { title, login } = eventOf({ description: 'x'.repeat(100_000), actor: { login: 'y'.repeat(500) } })
  expect([title, login]).toEqual([`${'x'.repeat(500)}…`, 'y'.repeat(500)])
})
