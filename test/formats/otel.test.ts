import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actorName } from '../../src/formats/csv-columns.ts'
import { isUnixNano } from '../../src/formats/event-time.ts'
import { otel } from '../../src/formats/otel.ts'
import { hostileEvents, timelessEvents } from './hostile-events.ts'
import { eventOf, eventOfEach, eventOfEachKind } from './sample-events.ts'
import { validatorOf } from './validator.ts'
import { at, onTheWire, readWireJson } from './wire-json.ts'

const faults = validatorOf('otel')
const single = otel({ event_name: 'single' })
const perEvent = otel({ event_name: 'per_event' })

test('one event of each kind', async () => {
  const lines = eventOfEachKind().map((event) => `${single.encode(event)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('golden/otel.ndjson')
})

test.each(eventOfEach())('$action is valid LogsData', (event) => {
  expect(faults(single.encode(event))).toEqual([])
  expect(faults(perEvent.encode(event))).toEqual([])
  expect(recordOf(single.encode(event)).eventName).toBe('pulumi.audit.event')
  expect(recordOf(perEvent.encode(event)).eventName).toBe(`pulumi.audit.${event.action.replaceAll('-', '_')}`)
})

test('an unknown id is valid, and gets no name of its own', () => {
  const line = perEvent.encode(eventOf({ event: 'Quantum Stack Entangled' }))
  expect(faults(line)).toEqual([])
  expect(recordOf(line).eventName).toBe('pulumi.audit.event')
})

test('any event is valid, and everything that it says is there', () => {
  fc.assert(
    fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
      const line = perEvent.encode(event)
      expect(faults(line)).toEqual([])
      const sent = readWireJson(line)
      const record = recordOf(line)
      const attributes = attributesOf(record.attributes)
      const { actor, token, target } = event
      const nanoseconds = `${event.timestamp}000000000`
      expect(record.timeUnixNano ?? attributes['pulumi.audit.timestamp']).toBe(
        isUnixNano(event.timestamp) ? nanoseconds : String(event.timestamp),
      )
      expect(record.observedTimeUnixNano).toBe(`${event.observedAt}000000`)
      expect(at(record, 'body.stringValue')).toBe(onTheWire(event.description))
      expect(attributesOf(at(sent, 'resourceLogs.0.resource.attributes'))).toEqual({
        'service.name': 'pulumi-cloud',
        'pulumi.organization': onTheWire(event.organization),
      })
      const { raw, ...expected } = {
        'user.name': actor.login,
        'user.full_name': actor.name,
        'user.email': actor.email,
        'client.address': event.sourceIp,
        'pulumi.audit.event_id': event.action,
        'pulumi.audit.event_title': event.actionName,
        'pulumi.audit.category': event.category,
        'pulumi.audit.actor.name': actorName(event),
        'pulumi.audit.actor.urn': actor.urn,
        'pulumi.audit.actor.avatar_url': actor.avatarUrl,
        'pulumi.audit.token.id': token?.id,
        'pulumi.audit.token.name': token?.name,
        'pulumi.audit.target.type': target?.type,
        'pulumi.audit.target.name': target?.name,
        'pulumi.audit.target.project': target?.project,
        'pulumi.audit.target.stack': target?.stack,
        'pulumi.audit.target.update_id': target?.updateId,
        'pulumi.audit.target.user': target?.user,
        'pulumi.audit.target.role': target?.role,
        raw: attributes['log.record.original'],
      }
      for (const [key, text] of Object.entries(expected))
        expect(attributes[key], key).toBe(onTheWire(text as string))
      expect(raw === undefined ? undefined : JSON.parse(String(raw))).toEqual(event.raw)
    }),
    { numRuns: 500 },
  )
})

function recordOf(line: string): Record<string, unknown> {
  return at(JSON.parse(line), 'resourceLogs.0.scopeLogs.0.logRecords.0') as Record<string, unknown>
}

/** Keys must be unique: "a collection of unique keys" (OTLP, common.proto). */
function attributesOf(list: unknown): Record<string, unknown> {
  const pairs = (list as { key: string; value: Record<string, unknown> }[]).map(
    ({ key, value }) => [key, Object.values(value)[0]] as const,
  )
  expect(new Set(pairs.map(([key]) => key)).size).toBe(pairs.length)
  return Object.fromEntries(pairs)
}
