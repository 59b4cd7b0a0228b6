import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostileEvents } from '../../test/formats/hostile-events.ts'
import { readCef } from '../../test/formats/read-cef.ts'
import { eventOf, eventOfEach, eventOfEachKind } from '../../test/formats/sample-events.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from './formats.ts'

const format = lineFormat('pulumi_cef')
const PREFIX = /^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d api\.pulumi\.com $/

test('one event of each kind is golden', async () => {
  const lines = eventOfEachKind().map((event) => `${format.encode(event)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('../../test/formats/golden/pulumi-cef.txt')
})

test('prints what the export prints, except the two ids that only Pulumi knows', () => {
  const event = eventOf({
    event: 'User Login',
    timestamp: Date.UTC(2023, 1, 4, 14, 53, 1) / 1000,
    description: 'User "alice" logged into the Pulumi Console.',
    login: 'alice',
    sourceIp: '192.0.2.10',
  })
  const original =
    'Feb 04 14:53:01 api.pulumi.com CEF:0|Pulumi|Pulumi Service|1.0|User Login|User "alice" logged into the Pulumi ' +
    'Console.|0|authenticationFailure=false dvchost=api.pulumi.com orgID=1 requireOrgAdmin=false ' +
    'requireStackAdmin=false rt=1675522381000 src=192.0.2.10 suser=alice tokenID= tokenName= userID=2'
  expect(format.encode(event)).toBe(original.replace(/ (orgID|userID)=\d/g, ''))
})

test('each id of the catalogue, and an unknown one, and any text comes back', () => {
  for (const event of [...eventOfEach(), eventOf({ event: 'Quantum Stack Entangled' })]) expectRead(event)
  fc.assert(fc.property(hostileEvents, expectRead), { numRuns: 200 })
})

test('the host of a self-hosted installation is in both places', () => {
  const own = lineFormat('pulumi_cef', { pulumi_cef: { host: 'api.acme.example' } })
  const { extension, prefix } = readCef(own.encode(eventOf({})), { empty: true })
  expect([prefix.split(' ')[3], extension.get('dvchost')]).toEqual(['api.acme.example', 'api.acme.example'])
})

describe('what has no place', () => {
  test('a second outside the calendar', () => {
    const { prefix, extension } = read({ ...eventOf({}), timestamp: 253_402_300_800 })
    expect([prefix, extension.get('rt')]).toEqual(['api.pulumi.com ', '253402300800000'])
  })

  test('an event without a description is named by what happened', () => {
    expect(read(eventOf({ description: '' })).name).toBe('Stack Created')
  })
})

function read(event: AuditEvent) {
  return readCef(Buffer.from(format.encode(event)).toString(), { empty: true })
}

function expectRead(event: AuditEvent): void {
  const line = read(event)
  const { actor, required, token } = event
  const inHeader = (text: string) => text.replaceAll(/[\r\n]/g, ' ').toWellFormed()
  expect(line.prefix).toMatch(PREFIX)
  expect(line).toMatchObject({ vendor: 'Pulumi', product: 'Pulumi Service', version: '1.0', severity: '0' })
  expect(line.classId).toBe(inHeader(event.actionName))
  expect(line.name).toBe(inHeader(event.description || event.actionName))
  expect([...line.extension]).toEqual([
    ['authenticationFailure', String(event.authFailure)],
    ['dvchost', 'api.pulumi.com'],
    ['requireOrgAdmin', String(required.orgAdmin)],
    ['requireStackAdmin', String(required.stackAdmin)],
    ['rt', String(event.timestamp * 1000)],
    ['src', (event.sourceIp ?? '').toWellFormed()],
    ['suser', actor.login.toWellFormed()],
    ['tokenID', (token?.id ?? '').toWellFormed()],
    ['tokenName', (token?.name ?? '').toWellFormed()],
  ])
}
