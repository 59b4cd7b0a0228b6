/** Events with invented text in every member that holds text, whole and with members missing, for property tests. */
import fc from 'fast-check'
import type { AuditEvent } from '../../src/event.ts'
import { eventOf, HOSTILE_TEXTS } from './sample-events.ts'

const piece = fc.constantFrom(
  ...[
    '|',
    '=',
    '\\',
    '\n',
    '\r',
    '\t',
    ' ',
    '^',
    '"',
    "'",
    '{',
    '/',
    ':',
    '\0',
    '\x1f',
    '¦',
    '\u2028',
    '\u202e',
  ],
  ...['a', 'é', '😀', '\ud800', '\udc00', ' msg=', '\\n', 'src=1.2.3.4', 'CEF:0|', '1.2.3.4'],
)

/** Any text, and the pieces that break formats more often than chance would have them. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: piece }),
  fc.constantFrom(...HOSTILE_TEXTS),
  fc
    .tuple(fc.constantFrom('x', '\\', '=', '😀', '\n'), fc.nat(2_200), piece)
    .map(([mark, count, end]) => mark.repeat(count) + end),
)

const { uid, timestamp, observedAt, severity } = eventOf({})

/** Every member that an event must have; texts may be empty, as after a redaction. */
const members = fc.record({
  uid: fc.constant(uid),
  source: anyText,
  organization: anyText,
  timestamp: fc.constant(timestamp),
  observedAt: fc.constant(observedAt),
  action: anyText,
  actionName: anyText,
  category: anyText,
  operation: fc.constantFrom<AuditEvent['operation']>('create', 'denied'),
  outcome: fc.constantFrom<AuditEvent['outcome']>('success', 'failure', 'unknown'),
  severity: fc.constant(severity),
  actor: fc.record(
    {
      type: fc.constantFrom<AuditEvent['actor']['type']>('user', 'token', 'agent', 'system'),
      login: anyText,
      name: anyText,
      avatarUrl: anyText,
      email: anyText,
      urn: anyText,
    },
    { requiredKeys: ['type', 'login', 'name'] },
  ),
  required: fc.record({ orgAdmin: fc.boolean(), stackAdmin: fc.boolean() }),
  authFailure: fc.boolean(),
  description: anyText,
  raw: fc.oneof(fc.record({ actorName: anyText, future: anyText }), fc.jsonValue()),
})

/** Those that it may lack. */
const optionalMembers = fc.record(
  {
    token: fc.record({ id: anyText, name: anyText }, { requiredKeys: [] }),
    sourceIp: fc.oneof(anyText, fc.ipV4(), fc.ipV6()),
    target: fc.record(
      {
        type: anyText,
        name: anyText,
        project: anyText,
        stack: anyText,
        updateId: anyText,
        user: anyText,
        role: anyText,
      },
      { requiredKeys: ['type'] },
    ),
  },
  { requiredKeys: [] },
)

export const anyEvent: fc.Arbitrary<AuditEvent> = fc
  .tuple(members, optionalMembers)
  .map(([always, sometimes]) => ({ ...always, ...sometimes }))
