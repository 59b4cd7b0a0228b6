import { expect, test } from 'vitest'
import { eventUid } from '../event.ts'
import { encodeNative } from '../formats/native.ts'
import { catalogue } from './catalogue.ts'
import { onePerCategory } from './fixtures/one-per-category.ts'
import { record } from './fixtures/record.ts'
import { createNormaliser } from './normalise.ts'

const normalise = createNormaliser({ source: 'main', organization: 'acme' })
const observedAt = 1795384799123

test('one event of each category, in native format', async () => {
  const events = onePerCategory.map((it) => normalise(it, observedAt))
  const categories = new Set(catalogue.map((entry) => entry.category)).add('unknown')
  expect(new Set(events.map(({ event }) => event.category))).toEqual(categories)
  const lines = events.map((it) => `${encodeNative(eventUid(it.identity, 0), it)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('fixtures/one-per-category.golden.ndjson')
})

test('empty text is absent, false flags are there', () => {
  const { event } = normalise(record({ event: 'stack-exported', login: 'dana', name: 'Dana O' }), observedAt)
  expect(event).toStrictEqual({
    source: 'main',
    organization: 'acme',
    timestamp: 1795384721,
    observedAt,
    action: 'stack-exported',
    actionName: 'Stack Exported',
    category: 'stacks',
    operation: 'read',
    outcome: 'success',
    severity: 2,
    actor: { type: 'user', login: 'dana', name: 'Dana O' },
    required: { orgAdmin: false, stackAdmin: false },
    authFailure: false,
    description: '',
    raw: '{}',
  })
})

test('either half of a token stands alone', () => {
  expect(normalise(record({ tokenId: '3c1f' }), 0).event.token).toStrictEqual({ id: '3c1f' })
  expect(normalise(record({ tokenName: 'ci' }), 0).event.token).toStrictEqual({ name: 'ci' })
})

test('an unknown event says so, and counts as low when it needs an admin', () => {
  const plain = normalise(record({ event: 'x-y' }), 0)
  expect([plain.known, plain.event.severity, plain.event.outcome]).toEqual([false, 1, 'unknown'])
  expect(plain.event.operation).toBe('other')
  expect(normalise(record({ event: 'x-y', orgAdmin: true }), 0).event.severity).toBe(2)
  expect(normalise(record({ event: 'x-y', authFailure: true }), 0).event.outcome).toBe('failure')
  expect(normalise(record(), 0).known).toBe(true)
})

test('both spellings of an event are one identity; profile data is no part of it', () => {
  const uid = (fields: Parameters<typeof record>[0]) => eventUid(normalise(record(fields), 0).identity, 0)
  const same = uid({ event: 'stack-created', login: 'dana' })
  expect(uid({ event: 'Stack Created', login: 'dana' })).toBe(same)
  const profile = { name: 'D', avatarUrl: 'https://x', email: 'd@x', raw: '[]' }
  expect(uid({ event: 'stack-created', login: 'dana', ...profile })).toBe(same)
})

test.each([
  'timestamp',
  'event',
  'description',
  'sourceIp',
  'login',
  'tokenId',
  'tokenName',
  'actorName',
  'actorUrn',
])('events that differ only in %s differ in their identity', (field) => {
  const value = field === 'timestamp' ? 1 : 'other'
  expect(normalise(record({ [field]: value }), 0).identity).not.toBe(normalise(record(), 0).identity)
})

test.each(['orgAdmin', 'stackAdmin', 'authFailure'])('… and in the flag %s', (flag) => {
  expect(normalise(record({ [flag]: true }), 0).identity).not.toBe(normalise(record(), 0).identity)
})
