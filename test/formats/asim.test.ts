import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { isAddress } from '../../src/formats/address.ts'
import { asim } from '../../src/formats/asim.ts'
import { actorName } from '../../src/formats/csv-columns.ts'
import { hostileEvents, timelessEvents } from './hostile-events.ts'
import { eventOf, eventOfEach, eventOfEachKind } from './sample-events.ts'
import { validatorOf } from './validator.ts'
import { onTheWire, readWireJson } from './wire-json.ts'

const faultsOf = { AuditEvent: validatorOf('asim-audit'), Authentication: validatorOf('asim-authentication') }

const AUTHENTICATION = [
  'auth-failure-scim-access-token',
  'oidc-issuer-validation-failed',
  'user-login',
  'user-login-failed',
]

test('one event of each kind', async () => {
  const lines = eventOfEachKind().map((event) => `${asim.encode(event)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('golden/asim.ndjson')
})

test.each(eventOfEach())('$action is a valid row', (event) => {
  expect(faults(event)).toEqual([])
  expect(schemaOf(event)).toBe(AUTHENTICATION.includes(event.action) ? 'Authentication' : 'AuditEvent')
})

test('an unknown id is a valid row', () => {
  const event = eventOf({ event: 'Quantum Stack Entangled' })
  expect(faults(event)).toEqual([])
  expect(JSON.parse(asim.encode(event))).toMatchObject({
    EventType: 'Other',
    EventResult: 'NA',
    Operation: 'quantum-stack-entangled',
    Object: 'acme',
    ObjectType: 'Other',
  })
})

test('any event is a valid row, and everything that it says is there', () => {
  fc.assert(
    fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
      expect(faults(event)).toEqual([])
      const sent = readWireJson(asim.encode(event))
      const fields = sent.AdditionalFields as Record<string, unknown>
      const { actor, token, target, sourceIp } = event
      expect(sent.EventMessage).toBe(onTheWire(event.description))
      expect(sent.EventOriginalType).toBe(onTheWire(event.action))
      expect(isAddress(sourceIp ?? '') ? sent.SrcIpAddr : fields.SourceAddress).toBe(onTheWire(sourceIp))
      if (actor.login !== '') {
        expect(sent.ActorUsername ?? sent.TargetUsername).toBe(onTheWire(actor.login))
      }
      expect(sent.ActingAppName).toBe(onTheWire(actorName(event)))
      expect(sent.ActingAppId).toBe(onTheWire(actor.urn))
      expect([fields.Organization, fields.ActionName, fields.Category]).toEqual(
        [event.organization, event.actionName, event.category].map(onTheWire),
      )
      expect([fields.ActorDisplayName, fields.ActorEmail, fields.ActorAvatarUrl]).toEqual(
        [actor.name, actor.email, actor.avatarUrl].map(onTheWire),
      )
      expect([fields.TokenId, fields.TokenName]).toEqual([token?.id, token?.name].map(onTheWire))
      expect([fields.TargetType, fields.TargetName, fields.TargetProject, fields.TargetStack]).toEqual(
        [target?.type, target?.name, target?.project, target?.stack].map(onTheWire),
      )
      expect([fields.TargetUpdateId, fields.TargetUser, fields.TargetRole]).toEqual(
        [target?.updateId, target?.user, target?.role].map(onTheWire),
      )
      expect(fields.Raw === undefined ? undefined : JSON.parse(String(fields.Raw))).toEqual(event.raw)
    }),
    { numRuns: 500 },
  )
})

function schemaOf(event: AuditEvent): keyof typeof faultsOf {
  return JSON.parse(asim.encode(event)).EventSchema
}

function faults(event: AuditEvent): readonly string[] {
  return faultsOf[schemaOf(event)](asim.encode(event))
}
