/** Random events and queries for archives: few values, so that they match; hostile texts; twins; late events. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { EventQuery } from '../../src/archive/archive.ts'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'

export const NOON = 1_795_348_800

const LOGINS = ['dana', 'Dana', '', 'o\'neill "x"', 'ci-bot', 'nul\0inside', '🔐 佐藤']
const STACKS = ['prod', 'production', 'dev*', 'NEAR(a, b)']
const ADDRESSES = ['198.51.100.7', '2001:db8::7']
const TEXTS = [
  'Deleted "web/prod" forced',
  'ÜNÏCÖDÉ straße ΟΔΟΣ ﬁne',
  'a AND b OR NOT c NEAR(d e) -f g:h "i j"* ^k',
  "'; DROP TABLE events; --",
  'nul\0 and \u0007 and \ud800 alone',
  '🔐🔑 emoji 日本語 テスト',
  '',
  `${'long'.repeat(40)} tail`,
]
const ACTIONS = [
  ['stack-created', 'Stack Created', 'stacks', 'create'],
  ['stack-deleted', 'Stack Deleted', 'stacks', 'delete'],
  ['user-login', 'User Login', 'authentication', 'login'],
] as const

const second = fc.oneof(
  fc.integer({ min: NOON, max: NOON + 3 }),
  fc.integer({ min: NOON - 3 * 86_400, max: NOON + 3 * 86_400 }),
  fc.constantFrom(0, 1, 2 ** 32 - 1),
)

const eventArbitrary = fc
  .record({
    timestamp: second,
    login: fc.constantFrom(...LOGINS),
    stack: fc.option(fc.constantFrom(...STACKS), { nil: undefined }),
    address: fc.option(fc.constantFrom(...ADDRESSES), { nil: undefined }),
    action: fc.constantFrom(...ACTIONS),
    outcome: fc.constantFrom('success', 'failure', 'unknown'),
    severity: fc.integer({ min: 1, max: 4 }),
    organization: fc.constantFrom('acme', 'other'),
    description: fc.constantFrom(...TEXTS),
    ordinal: fc.integer({ min: 0, max: 2 }),
  })
  .map(newEvent)

export const batches = fc.array(fc.array(eventArbitrary, { minLength: 0, maxLength: 60 }), {
  minLength: 1,
  maxLength: 4,
})

const WORDS = [
  ...[
    'web',
    'prod',
    'dele',
    'and',
    'near',
    'unicode',
    'STRASSE',
    'stra',
    'οδος',
    'fine',
    '日本',
    'テスト',
    'dana',
  ],
  ...[
    '198.51',
    '"prod',
    'prod*',
    '-f',
    'g:h',
    'NOT c',
    'a OR zzz',
    '"',
    '*',
    '^k',
    "'",
    '\0',
    'drop table',
    '_u',
    '_l1',
  ],
  ...['long'.repeat(15), '%', '', '  ', 'zzz', 'p', 'acme', 'created stack', 'user login 🔐'],
]

export const queries: fc.Arbitrary<EventQuery> = fc
  .record({
    organization: rarely('acme', 'other', 'nobody'),
    login: rarely(...LOGINS),
    action: rarely('stack-created', 'user-login', 'never'),
    category: rarely('stacks', 'authentication'),
    operation: rarely('create', 'login'),
    outcome: rarely('failure', 'success'),
    severity: rarely(1, 2, 3, 4),
    stack: rarely(...STACKS),
    address: rarely(...ADDRESSES),
    from: rarely(NOON - 86_400, NOON, NOON + 1, 0),
    to: rarely(NOON + 1, NOON + 3, NOON + 86_400, 2 ** 32),
    text: fc.option(fc.constantFrom(...WORDS), { nil: undefined }),
  })
  .map((query) => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)))

function rarely<T>(...values: T[]) {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...values) },
  )
}

interface Sample {
  readonly timestamp: number
  readonly login: string
  readonly stack: string | undefined
  readonly address: string | undefined
  readonly action: (typeof ACTIONS)[number]
  readonly outcome: string
  readonly severity: number
  readonly organization: string
  readonly description: string
  readonly ordinal: number
}

function newEvent(it: Sample): NewEvent {
  const uid = createHash('sha256').update(JSON.stringify(it)).digest('hex')
  const [action, actionName, category, operation] = it.action
  const event: AuditEvent = {
    ...{ uid, source: 'acme', organization: it.organization, timestamp: it.timestamp, observedAt: 1 },
    ...{ action, actionName, category, operation, severity: it.severity },
    outcome: it.outcome as AuditEvent['outcome'],
    actor: { type: 'user', login: it.login, name: `${it.login} Name` },
    ...(it.address !== undefined && { sourceIp: it.address }),
    required: { orgAdmin: false, stackAdmin: false },
    authFailure: false,
    ...(it.stack !== undefined && { target: { type: 'stack', project: 'web', stack: it.stack } }),
    description: it.description,
    raw: { secretOfTheRecord: it.ordinal },
  }
  return { uid, timestamp: it.timestamp, line: Buffer.from(native.encode(event)) }
}
