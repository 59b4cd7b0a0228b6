import { expect, test } from 'vitest'
import type { RecordFields } from '../connector.ts'
import { eventUid } from '../event.ts'
import { writeNative } from '../formats/native.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { catalogue } from './catalogue.ts'
import { onePerCategory } from './fixtures/one-per-category.ts'
import { record } from './fixtures/record.ts'
import { createNormaliser } from './normalise.ts'

const normalise = createNormaliser({ source: 'main', organization: 'acme' })
const observedAt = 1795384799123

test('one event of each category, in native format', async () => {
  const events = onePerCategory.map((it) => normalise(it, observedAt))
  const categories = new Set(catalogue.map((entry) => entry.category)).add('unknown')
  expect(new Set(events.map(({ members }) => members.category))).toEqual(categories)
  const lines = new ByteWriter()
  for (const it of events) {
    writeNative(lines, eventUid(it.identity, 0), it)
    lines.text('\n')
  }
  await expect(lines.toString()).toMatchFileSnapshot('fixtures/one-per-category.golden.ndjson')
})

test('empty text is absent, but false flags are there', () => {
  const { members } = normalise(
    record({ event: 'stack-exported', login: 'dana', name: 'Dana O' }),
    observedAt,
  )
  expect(members).toStrictEqual({
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
  })
})

test('either half of a token can be alone', () => {
  expect(normalise(record({ tokenId: '3c1f' }), 0).members.token).toStrictEqual({ id: '3c1f' })
  expect(normalise(record({ tokenName: 'ci' }), 0).members.token).toStrictEqual({ name: 'ci' })
})

test('an unknown event says so, and counts as low when it needs an admin', () => {
  const plain = normalise(record({ event: 'x-y' }), 0)
  expect([plain.known, plain.members.severity, plain.members.outcome]).toEqual([false, 1, 'unknown'])
  expect(plain.members.operation).toBe('other')
  expect(normalise(record({ event: 'x-y', orgAdmin: true }), 0).members.severity).toBe(2)
  expect(normalise(record({ event: 'x-y', authFailure: true }), 0).members.outcome).toBe('failure')
  expect(normalise(record(), 0).known).toBe(true)
})

test('both spellings of an event are one identity; profile data is no part of it', () => {
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
  expect(uid({ [field]: value })).not.toBe(uid({}))
})

test.each(['orgAdmin', 'stackAdmin', 'authFailure'])('… and in the flag %s', (flag) => {
  expect(uid({ [flag]: true })).not.toBe(uid({}))
})

function uid(fields: Partial<RecordFields>): string {
  return eventUid(normalise(record(fields), 0).identity, 0)
}
