import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAddress } from '../../src/formats/address.ts'
import { actorName } from '../../src/formats/csv-columns.ts'
import { udm } from '../../src/formats/udm.ts'
import { hostileEvents, timelessEvents } from './hostile-events.ts'
import { eventOf, eventOfEach, eventOfEachKind } from './sample-events.ts'
import { validatorOf } from './validator.ts'
import { at, onTheWire, readWireJson } from './wire-json.ts'

const faults = validatorOf('udm')

test('one event of each kind', async () => {
  const lines = eventOfEachKind().map((event) => `${udm.encode(event)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('golden/udm.ndjson')
})

test.each(eventOfEach())('$action is a valid event', (event) => {
  expect(faults(udm.encode(event))).toEqual([])
})

test('an unknown id is a valid event', () => {
  const line = udm.encode(eventOf({ event: 'Quantum Stack Entangled' }))
  expect(faults(line)).toEqual([])
  expect(JSON.parse(line).metadata).toMatchObject({
    eventType: 'GENERIC_EVENT',
    productEventType: 'quantum-stack-entangled',
  })
})

test('any event is valid, and everything that it says is there', () => {
  fc.assert(
    fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
      const line = udm.encode(event)
      expect(faults(line)).toEqual([])
      const sent = readWireJson(line)
      const { actor, token, target, sourceIp } = event
      expect(at(sent, 'metadata.productLogId')).toBe(event.uid)
      expect(at(sent, 'securityResult.0.summary')).toBe(onTheWire(event.actionName))
      expect(at(sent, 'securityResult.0.description')).toBe(onTheWire(event.description))
      const [eventType, action] = [at(sent, 'metadata.productEventType'), at(sent, 'additional.action')]
      expect(action ?? eventType).toBe(onTheWire(event.action))
      const address = isAddress(sourceIp ?? '')
        ? at(sent, 'principal.ip.0')
        : at(sent, 'additional.source_address')
      expect(address).toBe(onTheWire(sourceIp))
      expect(at(sent, 'principal.user.userid')).toBe(onTheWire(actor.login))
      expect(at(sent, 'principal.user.userDisplayName')).toBe(onTheWire(actor.name))
      expect(at(sent, 'principal.user.emailAddresses.0')).toBe(onTheWire(actor.email))
      expect(at(sent, 'metadata.ingestionLabels.0.value')).toBe(onTheWire(event.organization))
      expect(sent.additional).toMatchObject({
        ...present('category', event.category),
        ...present('actor_name', actorName(event)),
        ...present('actor_urn', actor.urn),
        ...present('avatar_url', actor.avatarUrl),
        ...present('token_id', token?.id),
        ...present('token_name', token?.name),
        ...present('target_type', target?.type),
        ...present('target_name', target?.name),
        ...present('target_project', target?.project),
        ...present('target_stack', target?.stack),
        ...present('target_update_id', target?.updateId),
        ...present('target_user', target?.user),
        ...present('target_role', target?.role),
      })
      const { raw } = sent.additional as { raw?: string }
      expect(raw === undefined ? undefined : JSON.parse(raw)).toEqual(event.raw)
    }),
    { numRuns: 500 },
  )
})

test('no field is longer than Google takes it', () => {
  const byte = (sent: unknown, path: string) => Buffer.byteLength(String(at(sent, path)))
  fc.assert(
    fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
      const sent = JSON.parse(udm.encode(event))
      expect(byte(sent, 'metadata.productEventType')).toBeLessThanOrEqual(64)
      expect(byte(sent, 'metadata.description')).toBeLessThanOrEqual(1024)
      expect(byte(sent, 'metadata.productLogId')).toBeLessThanOrEqual(256)
    }),
  )
})

function present(key: string, text: string | undefined): Record<string, string> {
  const value = onTheWire(text)
  return value === undefined ? {} : { [key]: value }
}
