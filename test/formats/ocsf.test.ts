import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { AuditEvent, Target } from '../../src/event.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { OCSF_VERSIONS, type OcsfVersion } from '../../src/formats/ocsf-classes.ts'
import { schemaRow, schemaTable } from '../../src/formats/schema-table.ts'
import { hostileEvents, textsOf, withoutUndefined } from './hostile-events.ts'
import { eventOf, eventOfEach, eventOfEachKind } from './sample-events.ts'
import { validatorOf } from './validator.ts'

const formatOf = (version: OcsfVersion, raw_data = false) =>
  lineFormat('ocsf', { ocsf: { version, raw_data } })

interface Line {
  readonly class_uid: number
  readonly activity_id: number
  readonly category_uid: number
  readonly type_uid: number
  readonly metadata: { readonly version: string }
  readonly unmapped: Record<string, unknown>
  readonly [member: string]: unknown
}
const read = (line: string) => JSON.parse(line) as Line

describe.each(OCSF_VERSIONS)('version %s', (version) => {
  const format = formatOf(version)
  const faultsOf = validatorOf('ocsf', version)
  const valid = (event: AuditEvent) => {
    const line = format.encode(event)
    expect(faultsOf(line)).toEqual([])
    const { class_uid, activity_id, category_uid, type_uid } = read(line)
    expect(type_uid).toBe(class_uid * 100 + activity_id)
    expect(category_uid).toBe(Math.floor(class_uid / 1000))
    return read(line)
  }

  test('one event of each kind, as it is written', async () => {
    const lines = eventOfEachKind().map((event) => `${format.encode(event)}\n`)
    await expect(lines.join('')).toMatchFileSnapshot(`golden/ocsf-${version}.ndjson`)
  })

  test.each(eventOfEach())('$action is valid, in the class of its row', (event) => {
    const { metadata, type_uid } = valid(event)
    expect(metadata.version).toBe(version)
    // The samples have what their class requires.
    const row = schemaRow(event.action)
    expect(type_uid).toBe(version === '1.9.0' ? row?.ocsf : row?.ocsfBefore19)
  })

  test.each(schemaTable)('$event is valid without target, user, address and record', (row) => {
    const { target: _, sourceIp: __, raw: ___, ...event } = eventOf({ event: row.event, description: '' })
    const wanted = version === '1.9.0' ? row.ocsf : row.ocsfBefore19
    const needsTarget = version === '1.9.0' ? row.ocsfNeedsTarget : row.ocsfBefore19NeedsTarget
    const bare = valid({ ...event, raw: undefined })
    expect(bare.type_uid).toBe(needsTarget === true ? API_ACTIVITY[event.operation] : wanted)

    const nobody = valid({ ...event, raw: undefined, actor: { type: 'system', login: '', name: '' } })
    expect(nobody.class_uid).toBe(
      Math.floor(wanted / 100) === 3004 || keepsClass(wanted, version) ? Math.floor(wanted / 100) : 0,
    )
  })

  test('what a description can hold fills the class, whatever the target looks like', () => {
    const text = fc.constantFrom(undefined, '', 'bob', 'a/b', '"')
    const targets = fc.record({
      type: fc.constantFrom('team', ''),
      name: text,
      project: text,
      stack: text,
      updateId: text,
      user: text,
      role: text,
    })
    fc.assert(
      fc.property(fc.constantFrom(...eventOfEach()), targets, (event, target) => {
        valid({ ...event, target: withoutUndefined(target) as unknown as Target })
      }),
      { numRuns: 2_000 },
    )
  })

  test('hostile text is read back as it was, in every member', () => {
    fc.assert(
      fc.property(hostileEvents, (event) => {
        const line = format.encode(event)
        expect(line).not.toMatch(/[\n\r]/)
        valid(event)
        expect(textsOf(line)).toEqual(expect.arrayContaining(textsOf(JSON.stringify(essence(event)))))
      }),
      { numRuns: 1_000 },
    )
  })
})

/** The type in API Activity, by operation: what an event becomes if its own class requires a target that it lacks. */
const API_ACTIVITY: Partial<Record<AuditEvent['operation'], number>> = {
  create: 600301,
  add: 600301,
  update: 600303,
  grant: 600303,
  delete: 600304,
  remove: 600304,
}

/** Group Management of OCSF 1.9 requires no user: the organisation is the group, and no actor is required. */
function keepsClass(type: number, version: OcsfVersion): boolean {
  return version === '1.9.0' && (type === 300603 || type === 300604)
}

it('raw_data is the record as text', () => {
  const event = eventOf({ event: 'stack-created' })
  const { raw_data } = read(formatOf('1.9.0', true).encode(event))
  expect(JSON.parse(String(raw_data))).toEqual(event.raw)
  expect(formatOf('1.9.0').encode(event)).not.toContain('raw_data')
})

it('an unknown id is API Activity under its own name', () => {
  const line = read(formatOf('1.9.0').encode(eventOf({ event: 'Quantum Stack Entangled' })))
  expect(line).toMatchObject({ type_uid: 600399, activity_name: 'Quantum Stack Entangled', status_id: 0 })
})

it.each([
  ['auth-failure-environment', {}, 'Permission denied'],
  ['environment-unauthorized-open', {}, 'Permission denied'],
  ['stack-deleted', { authFailure: true }, 'Permission denied'],
  ['of-tomorrow', { authFailure: true }, 'Permission denied'],
  ['user-login-failed', {}, 'Authentication failed'],
  ['auth-failure-scim-access-token', { authFailure: true }, 'Authentication failed'],
  ['environment-rotated', { description: 'Rotation failed' }, undefined],
  ['user-login', {}, undefined],
])('why %s with %j failed: %s', (event, fields, detail) => {
  for (const version of OCSF_VERSIONS) {
    expect(read(formatOf(version).encode(eventOf({ event, ...fields }))).status_detail).toBe(detail)
  }
})

it.each([
  ['member-added', 'Added "bob"', '1.9.0', [['users[].name', 4, 'bob']]],
  ['member-removed', 'Removed "bob"', '1.8.0', [['user.name', 4, 'bob']]],
  [
    'team-updated',
    'Added user "bob" to team "ops"',
    '1.9.0',
    [
      ['group.name', 32, 'ops'],
      ['users[].name', 4, 'bob'],
    ],
  ],
  ['member-role-changed', 'Changed role of "bob" to "admin"', '1.3.0', [['user.name', 4, 'bob']]],
  ['custom-role-created', 'Created role "auditor"', '1.9.0', [['iam_role.name', 49, 'auditor']]],
  ['stack-deleted', 'Deleted stack "web/prod"', '1.9.0', [['resources[].name', 38, 'web/prod']]],
] as const)(
  '%s "%s" of %s can be found by whom and what it is about',
  (event, description, version, about) => {
    const line = read(formatOf(version).encode(eventOf({ event, description, email: 'dana@example.com' })))
    const observables = [
      ['src_endpoint.ip', 2, '198.51.100.7'],
      ['actor.user.name', 4, 'dana'],
      ['actor.user.email_addr', 5, 'dana@example.com'],
      ...about,
    ]
    expect(line.observables).toEqual(observables.map(([name, type_id, value]) => ({ name, type_id, value })))
  },
)

it('the address of what nobody did can be found too', () => {
  const event = eventOf({ event: 'saml-configuration-updated', login: '', name: '' })
  expect(read(formatOf('1.9.0').encode(event))).toMatchObject({
    class_uid: 3004,
    observables: [{ name: 'src_endpoint.ip', type_id: 2, value: '198.51.100.7' }],
  })
})

it('a time beyond all dates becomes the last one, with the original beside it', () => {
  const line = read(formatOf('1.9.0').encode({ ...eventOf({}), timestamp: 1e15 }))
  expect(line).toMatchObject({ time: 8.64e15, metadata: { original_time: '1000000000000000' } })
})

it('a record nested too deeply to be written costs nothing else of the event', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  const event = { ...eventOf({}), raw: { more: deep } }
  expect(validatorOf('ocsf', '1.9.0')(formatOf('1.9.0', true).encode(event))).toEqual([])
})

it('a description of a megabyte stays whole', () => {
  const description = 'å"\\'.repeat(350_000)
  expect(read(formatOf('1.9.0').encode(eventOf({ description }))).message).toBe(description)
})

/** Every text of the event, except what a class can't hold and the catalogue knows already. */
function essence({
  uid,
  source,
  organization,
  action,
  actor,
  token,
  sourceIp,
  target,
  description,
  raw,
}: AuditEvent) {
  const { type: _, ...named } = target ?? { type: '' }
  const { type: __, ...who } = actor
  const { newField } = (raw ?? {}) as { newField?: unknown }
  return [uid, source, organization, action, who, token, sourceIp, named, description, newField]
}
