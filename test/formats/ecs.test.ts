import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { schemaRow } from '../../src/formats/schema-table.ts'
import { hostileEvents, textsOf } from './hostile-events.ts'
import { eventOf, eventOfEach, eventOfEachKind } from './sample-events.ts'
import { validatorOf } from './validator.ts'

const format = lineFormat('ecs')
const faultsOf = validatorOf('ecs')

interface Line {
  readonly '@timestamp': string
  readonly message?: string
  readonly event: Record<string, unknown>
  readonly source?: Record<string, unknown>
  readonly [member: string]: unknown
}

function valid(event: AuditEvent): Line {
  const line = format.encode(event)
  expect(faultsOf(line)).toEqual([])
  return JSON.parse(line) as Line
}

test('one event of each kind, as it is written', async () => {
  const lines = eventOfEachKind().map((event) => `${format.encode(event)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('golden/ecs.ndjson')
})

test.each(eventOfEach())('$action is valid, in its category', (event) => {
  const row = schemaRow(event.action)
  expect(valid(event).event).toMatchObject({
    category: row?.ecsCategory,
    type: row?.ecsType,
    action: event.action,
    outcome: event.outcome,
  })
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

test('the message is always there, even if empty', () => {
  expect(valid(eventOf({ description: '' })).message).toBe('')
})

test('a failure says its reason, a success does not', () => {
  const failed = valid(eventOf({ event: 'user-login-failed', description: 'Wrong password' }))
  expect(failed.event).toMatchObject({ outcome: 'failure', reason: 'Wrong password' })
  expect(failed.message).toBe('Wrong password')
  expect(valid(eventOf({ event: 'user-login', description: 'Logged in' })).event).not.toHaveProperty('reason')
})

test.each([
  ['198.51.100.7', { address: '198.51.100.7', ip: '198.51.100.7' }],
  ['2001:db8::7', { address: '2001:db8::7', ip: '2001:db8::7' }],
  ['build host 7', { address: 'build host 7' }],
  ['', undefined],
])('the address %j is an ip only if it is one', (sourceIp, source) => {
  expect(valid(eventOf({ sourceIp })).source).toEqual(source)
})

test.each([
  [-1e15, '0001-01-01T00:00:00Z'],
  [0, '1970-01-01T00:00:00Z'],
  [1e15, '9999-12-31T23:59:59Z'],
])('the second %d is written as a date that Elasticsearch reads', (timestamp, date) => {
  const line = valid({ ...eventOf({}), timestamp, observedAt: timestamp * 1000 })
  expect(line['@timestamp']).toBe(date)
  expect(line).toMatchObject({ pulumi: { audit: { timestamp } } })
})

test('event.original is the record as text', () => {
  const event = eventOf({ event: 'stack-created' })
  const line = JSON.parse(lineFormat('ecs', { ecs: { original: true } }).encode(event)) as Line
  expect(JSON.parse(String(line.event.original))).toEqual(event.raw)
  expect(valid(event).event).not.toHaveProperty('original')
})

test('a deprecated id says so, and a member that the API added later is kept', () => {
  const event = eventOf({ event: 'insights-account-created' })
  const raw = { ...(event.raw as object), region: 'eu', user: { name: 'Dana Okafor', teams: ['ops'] } }
  expect(valid({ ...event, raw })).toMatchObject({
    pulumi: { audit: { deprecated: true, record: { region: 'eu', user: { teams: ['ops'] } } } },
  })
})

/** Every text of the event. */
function essence({
  uid,
  source,
  organization,
  action,
  actionName,
  actor,
  token,
  sourceIp,
  target,
  ...rest
}: AuditEvent) {
  const { newField } = (rest.raw ?? {}) as { newField?: unknown }
  const said = [rest.category, rest.operation, rest.outcome, rest.description, newField]
  return [uid, source, organization, action, actionName, actor, token, sourceIp, target, ...said]
}
