import { createHmac, hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Redaction } from '../config/config.ts'
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import { Secret } from '../lib/secret.ts'
import { checkRedaction, formerHashes, redact, redactAgain, TEXT_FIELDS, withoutHidden } from './redact.ts'

/** Every text is unique; `raw` has the spellings of the JSON list and of the CSV export. */
function sample(): AuditEvent {
  return {
    uid: 'ab'.repeat(32),
    source: 'main',
    organization: 'acme',
    timestamp: 1795384721,
    observedAt: 1795384799123,
    action: 'member-added',
    actionName: 'Member Added',
    category: 'organization',
    operation: 'add',
    outcome: 'success',
    severity: 2,
    actor: {
      type: 'user',
      login: 'the-login',
      name: 'The Name',
      avatarUrl: 'https://the.avatar',
      email: 'the@email',
      urn: 'the-urn',
    },
    token: { id: 'the-token-id', name: 'the-token-name' },
    sourceIp: '198.51.100.77',
    required: { orgAdmin: false, stackAdmin: false },
    authFailure: false,
    target: {
      type: 'org-member',
      name: 'target-name',
      project: 'target-project',
      stack: 'target-stack',
      updateId: 'target-update',
      user: 'target-user',
      role: 'target-role',
    },
    description: 'the description',
    enrichment: {
      fields: { env: 'the-env' },
      geo: {
        country: 'the-code',
        countryName: 'the-country',
        region: 'the-region',
        city: 'the-city',
        latitude: 1.5,
      },
      as: { number: 64_500, organization: 'the-network' },
    },
    raw: {
      user: {
        githubLogin: 'the-login',
        name: 'The Name',
        avatarUrl: 'https://the.avatar',
        email: 'the@email',
      },
      sourceIP: '198.51.100.77',
      tokenID: 'the-token-id',
      tokenName: 'the-token-name',
      actorUrn: 'the-urn',
      description: 'the description',
      CSV: { SourceIP: '198.51.100.77', Login: 'the-login', Name: 'The Name' },
      list: ['the@email', 7, true, null, { deep: ['the-urn'] }],
    },
  }
}

const key = new Secret('a key')
const WAYS: readonly Omit<Redaction, 'field'>[] = [
  { with: 'drop' },
  { with: 'mask' },
  { with: 'hash', key },
  { with: 'truncate', keep: 3 },
]

function valueAt(event: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], event)
}

function redacted(...redactions: Redaction[]): AuditEvent {
  const event = sample()
  for (const redaction of redactions) expect(checkRedaction(redaction)).toBeUndefined()
  redact(event, redactions)
  return event
}

test('a redacted text is nowhere in the line, and the rest is as it was', () => {
  fc.assert(
    fc.property(
      fc.subarray([...TEXT_FIELDS]),
      fc.infiniteStream(fc.constantFrom(...WAYS)),
      (fields, ways) => {
        const event = redacted(
          ...fields.map((field) => ({ field, ...(ways.next().value ?? { with: 'drop' }) })),
        )
        const line = native.encode(event)
        for (const field of TEXT_FIELDS) {
          const value = String(valueAt(sample(), field))
          if (fields.includes(field)) expect(line).not.toContain(value)
          else expect(valueAt(event, field)).toBe(value)
        }
      },
    ),
  )
})

test('each way, in the field and in its copies', () => {
  const hashed = createHmac('sha256', 'a key').update('the@email').digest('hex')
  const event = redacted(
    { field: 'actor.email', with: 'hash', key },
    { field: 'sourceIp', with: 'mask' },
    { field: 'actor.name', with: 'mask' },
    { field: 'actor.login', with: 'truncate', keep: 4 },
    { field: 'token.id', with: 'drop' },
    { field: 'actor.urn', with: 'drop' },
  )
  expect(event.actor).toStrictEqual({
    type: 'user',
    login: 'the-',
    name: 'T***',
    avatarUrl: 'https://the.avatar',
    email: hashed,
  })
  expect(event.token).toStrictEqual({ name: 'the-token-name' })
  expect(event.sourceIp).toBe('198.51.100.0')
  expect(event.raw).toStrictEqual({
    user: { githubLogin: 'the-', name: 'T***', avatarUrl: 'https://the.avatar', email: hashed },
    sourceIP: '198.51.100.0',
    tokenName: 'the-token-name',
    description: 'the description',
    CSV: { SourceIP: '198.51.100.0', Login: 'the-', Name: 'T***' },
    list: [hashed, 7, true, null, { deep: [null] }],
  })
})

test('a required text that is dropped is empty, an optional one absent', () => {
  const event = redacted({ field: 'actor.login', with: 'drop' }, { field: 'sourceIp', with: 'drop' })
  expect(event.actor.login).toBe('')
  expect(event).not.toHaveProperty('sourceIp')
})

test('a whole token is dropped with its copies; one that lost both halves is absent', () => {
  const event = redacted({ field: 'token', with: 'drop' })
  expect(event).not.toHaveProperty('token')
  expect(JSON.stringify(event)).not.toContain('the-token')
  const halves = redacted({ field: 'token.id', with: 'drop' }, { field: 'token.name', with: 'drop' })
  expect(halves).not.toHaveProperty('token')
})

test('what was redacted is not redacted twice, in any way', () => {
  for (const way of WAYS) {
    const redactions = [...TEXT_FIELDS, 'raw.user.email'].map((field) => ({ field, ...way }))
    const once = redacted(...redactions)
    const twice = structuredClone(once)
    redactAgain(twice, redactions)
    expect(twice).toStrictEqual(once)
  }
})

test('what was stored before the field was redacted is redacted when it is sent', () => {
  for (const way of WAYS) {
    const event = sample()
    redactAgain(event, [{ field: 'actor.email', ...way }])
    expect(native.encode(event)).not.toContain('the@email')
  }
})

test('raw as a whole, and a path inside', () => {
  expect(redacted({ field: 'raw', with: 'drop' })).not.toHaveProperty('raw')
  const inside = redacted({ field: 'raw.user.email', with: 'mask' })
  expect(valueAt(inside, 'raw.user.email')).toBe('t***')
  expect(inside.actor.email).toBe('the@email')
})

test('a number in raw is a copy of its text; a raw that is one text goes when it holds the value', () => {
  const numeric = { ...sample(), token: { id: '12345' }, raw: { tokenID: 12345 } }
  redact(numeric, [{ field: 'token.id', with: 'drop' }])
  expect(numeric.raw).toStrictEqual({})
  const text = { ...sample(), raw: '2026-11-22T21:58:41Z,The Name,the-login' }
  redact(text, [{ field: 'actor.login', with: 'mask' }])
  expect(text).not.toHaveProperty('raw')
})

test('what was added can be hidden in parts and as a whole, and is no copy of anything', () => {
  const parts = redacted(
    { field: 'enrichment.geo.city', with: 'mask' },
    { field: 'enrichment.geo.latitude', with: 'drop' },
    { field: 'enrichment.as.number', with: 'drop' },
    { field: 'enrichment.as.organization', with: 'drop' },
    { field: 'enrichment.fields', with: 'drop' },
  )
  const geo = { country: 'the-code', countryName: 'the-country', region: 'the-region', city: 't***' }
  expect(parts.enrichment).toStrictEqual({ geo })
  expect(redacted({ field: 'enrichment', with: 'drop' })).not.toHaveProperty('enrichment')
  const event = { ...sample(), raw: { note: 'the-city' } }
  redact(event, [{ field: 'enrichment.geo.city', with: 'drop' }])
  expect(event.raw).toEqual({ note: 'the-city' })
})

test('a prefix says how much of an address stays, in raw too', () => {
  const prefix = { v4: 16, v6: 32 }
  const event = redacted({ field: 'sourceIp', with: 'mask', prefix })
  expect(event.sourceIp).toBe('198.51.0.0')
  expect(valueAt(event, 'raw.sourceIP')).toBe('198.51.0.0')
  const inside = redacted({ field: 'raw.sourceIP', with: 'mask', prefix })
  expect(valueAt(inside, 'raw.sourceIP')).toBe('198.51.0.0')
})

test('the newest key hashes; hashes made with older keys can be recognised', () => {
  const [newest, older] = [new Secret('new'), new Secret('old')]
  const redaction = { field: 'actor.login', with: 'hash', key: newest, olderKeys: [older] } as const
  const by = (secret: string) => createHmac('sha256', secret).update('the-login').digest('hex')
  expect(redacted(redaction).actor.login).toBe(by('new'))
  expect(formerHashes(sample(), redaction)).toEqual([by('old')])
  expect(formerHashes(sample(), { field: 'raw', with: 'drop' })).toEqual([])
})

test('a message loses only what is hidden', () => {
  const hidden = [
    { field: 'actor.login', with: 'hash', key },
    { field: 'token', with: 'drop' },
    { field: 'target.nothing', with: 'drop' },
  ] as const
  const message = 'cannot convert the-login-2 of the-token-id (The Name)'
  expect(withoutHidden(message, sample(), hidden)).toBe(
    'cannot convert [redacted]-2 of [redacted] (The Name)',
  )
})

test('what is absent stays absent', () => {
  const { token: _, ...event } = sample()
  redact(event, [
    { field: 'token.id', with: 'mask' },
    { field: 'raw.no.such.path', with: 'drop' },
    { field: 'raw.__proto__.polluted', with: 'mask' },
  ])
  expect(event).not.toHaveProperty('token')
  expect(event.raw).toEqual(sample().raw)
})

test('a truncated text keeps whole characters, and hostile depth does no harm', () => {
  const event = {
    ...sample(),
    description: '🦀🦀🦀',
    raw: JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`),
  }
  redact(event, [{ field: 'description', with: 'truncate', keep: 2 }])
  expect(event.description).toBe('🦀🦀')
})

test.each<[Redaction, RegExp]>([
  [{ field: 'uid', with: 'drop' }, /"uid" can't be redacted/],
  [{ field: 'timestamp', with: 'mask' }, /"timestamp" can't be redacted/],
  [{ field: 'actor.emial', with: 'drop' }, /"actor.emial" can't be redacted; fields that can: actor.login,/],
  [{ field: 'actor.emial', with: 'drop' }, /, raw.<path> \(did you mean actor.email\?\)$/],
  [{ field: 'actor_login', with: 'drop' }, /\(did you mean actor.login\?\)$/],
  [{ field: 'severity', with: 'drop' }, /"severity" can't be redacted.*, raw.<path>$/],
  [{ field: 'raw', with: 'mask' }, /can only be dropped/],
  [{ field: 'raw.', with: 'drop' }, /"raw." is no path/],
  [{ field: 'raw..user', with: 'drop' }, /is no path/],
  [{ field: 'actor.email', with: 'mask', key }, /"key" goes with "hash"/],
  [{ field: 'actor.email', with: 'drop', keep: 3 }, /"keep" goes with "truncate"/],
  [{ field: 'actor.email', with: 'truncate' }, /needs "keep"/],
  [{ field: 'enrichment.as.number', with: 'hash' }, /can only be dropped/],
  [
    { field: 'actor.login', with: 'mask', prefix: { v4: 8, v6: 8 } },
    /"prefix" goes with "mask" of an address/,
  ],
  [{ field: 'sourceIp', with: 'hash', prefix: { v4: 8, v6: 8 } }, /"prefix" goes with "mask" of an address/],
])('refused: %j', (redaction, problem) => {
  expect(checkRedaction(redaction)).toMatch(problem)
})

test('a hash without a key is plain SHA-256', () => {
  const event = sample()
  redact(event, [{ field: 'actor.login', with: 'hash' }])
  expect(event.actor.login).toBe(hash('sha256', sample().actor.login))
})
