import { expect, test } from 'vitest'
import { eventOf, eventOfEach } from '../../test/formats/sample-events.ts'
import { leftovers } from './leftovers.ts'

const event = eventOf({})

test('of what the API shows today nothing is left over', () => {
  expect(eventOfEach().map(leftovers)).toEqual(eventOfEach().map(() => undefined))
})

test.each([
  ['no record', undefined, undefined],
  ['null', null, undefined],
  ['a row of the export', { TIMESTAMP: 'x', Event: 'Stack Created', sourceIp: '', TokenID: '7' }, undefined],
  ['a new column', { Timestamp: 'x', Region: 'eu', Zone: '' }, '{"Region":"eu"}'],
  ['a new member', { event: 'stack-created', region: { a: 1 }, gone: null }, '{"region":{"a":1}}'],
  ['a new member of the user', { user: { name: 'x', mfa: true } }, '{"user":{"mfa":true}}'],
  [
    'a new member named as a column is',
    { timestamp: 1, name: 'x', login: 'y', Event: 'z', tokenName: 'ci' },
    '{"name":"x","login":"y","Event":"z"}',
  ],
  [
    'known members of another shape',
    { timestamp: 1, sourceIP: ['::1'], user: { name: { first: 'x' } } },
    '{"sourceIP":["::1"],"user":{"name":{"first":"x"}}}',
  ],
  ['a row in capitals', { TIMESTAMP: 'x', EVENT: 'Stack Created', ACTORNAME: 'ci' }, undefined],
  ['a user of another shape', { user: 'x' }, '{"user":"x"}'],
  ['an old name of the event', { event: 'Stack Made' }, '{"event":"Stack Made"}'],
  ['a dangerous name', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ['one text', 'x', '"x"'],
])('leaves over what is new in %s', (_, raw, expected) => {
  expect(leftovers({ ...event, raw })).toBe(expected)
})

test('what is nested deep is left whole', () => {
  const text = `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  expect(leftovers({ ...event, raw: JSON.parse(text) })).toBe(text)
})
