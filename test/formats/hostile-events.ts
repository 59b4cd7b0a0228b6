/** Any event that can exist, as fast-check draws it: hostile text in every member, members absent, redacted, of any shape. */
import fc from 'fast-check'
import type { AuditEvent } from '../../src/event.ts'
import { catalogue } from '../../src/normalise/catalogue.ts'
import { HOSTILE_TEXTS } from './sample-events.ts'

/** What breaks formats more often than chance would have it. */
const piece = fc.constantFrom(
  ...'| = \\ ^ " { / : ¦ \' a é 😀'.split(' '),
  ...['\n', '\r', '\t', ' ', '\0', '\x1f', '\u2028', '\u202e', '\ud800', '\udc00'],
  ...[' msg=', '\\n', 'src=1.2.3.4', 'CEF:0|', '1.2.3.4'],
)

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: piece }),
  fc
    .tuple(fc.constantFrom('x', '\\', '=', '😀', '\n'), fc.nat(2_200), piece)
    .map(([mark, count, end]) => mark.repeat(count) + end),
)
const text = hostileText
const written = text.filter((it) => it !== '')
const anyOf = <Members extends Record<string, fc.Arbitrary<unknown>>>(members: Members) =>
  fc.record(members, { requiredKeys: [] })

export const hostileEvents: fc.Arbitrary<AuditEvent> = fc
  .record(
    {
      uid: fc.constant('ab'.repeat(32)),
      source: fc.constant('main'),
      organization: written,
      timestamp: fc.integer({ min: 0, max: 253_402_300_799 }),
      observedAt: fc.integer({ min: 1_700_000_000_000, max: 2 ** 42 }),
      action: fc.oneof(fc.constantFrom(...catalogue.map(({ event }) => event)), written),
      actionName: written,
      category: written,
      operation: fc.constantFrom('create', 'read', 'update', 'grant', 'login', 'denied', 'other'),
      outcome: fc.constantFrom('success', 'failure', 'unknown'),
      severity: fc.integer({ min: 1, max: 4 }),
      actor: fc.record(
        {
          type: fc.constantFrom('user', 'token', 'agent', 'system'),
          login: text,
          name: text,
          avatarUrl: written,
          email: written,
          urn: written,
        },
        { requiredKeys: ['type', 'login', 'name'] },
      ),
      token: anyOf({ id: written, name: written }),
      sourceIp: fc.oneof(written, fc.ipV4(), fc.ipV6()),
      required: fc.record({ orgAdmin: fc.boolean(), stackAdmin: fc.boolean() }),
      authFailure: fc.boolean(),
      target: fc
        .tuple(
          written,
          anyOf({
            name: written,
            project: written,
            stack: written,
            updateId: written,
            user: written,
            role: written,
          }),
        )
        .map(([type, members]) => ({ type, ...members })),
      description: text,
      raw: fc.oneof(
        fc.json().map((json) => JSON.parse(json) as unknown),
        text,
        anyOf({ actorName: text, user: anyOf({ name: text }) }),
      ),
    },
    {
      requiredKeys: [
        ...(['uid', 'source', 'organization', 'timestamp', 'observedAt', 'action', 'actionName'] as const),
        ...(['category', 'operation', 'outcome', 'severity', 'actor', 'required'] as const),
        ...(['authFailure', 'description'] as const),
      ],
    },
  )
  // A record that was dropped is absent.
  .map((event) => ({ raw: undefined, ...event }) as AuditEvent)

/** The same at times that no calendar knows, which a format must survive too. */
export const timelessEvents: fc.Arbitrary<AuditEvent> = fc
  .tuple(hostileEvents, fc.constantFrom(-1e15, -1, 0.5, 1e15, 1e19, 1e300))
  .map(([event, timestamp]) => ({ ...event, timestamp }))

/** Every text of a JSON document that says something. */
export function textsOf(json: string): string[] {
  const found: string[] = []
  JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string' && value !== '') found.push(value)
    return value
  })
  return found
}

export function withoutUndefined(value: object): object {
  const kept = Object.entries(value).filter(([, it]) => it !== undefined)
  return Object.fromEntries(
    kept.map(([key, it]) => [
      key,
      key !== 'raw' && typeof it === 'object' && it !== null ? withoutUndefined(it) : it,
    ]),
  )
}
