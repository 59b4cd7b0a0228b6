import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostileEvents } from '../../test/formats/hostile-events.ts'
import { faultsOf, readCef } from '../../test/formats/read-cef.ts'
import { eventOf, eventOfEach, eventOfEachKind, HOSTILE_TEXTS } from '../../test/formats/sample-events.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from './formats.ts'
import { leftovers } from './leftovers.ts'

const format = lineFormat('cef')

test('one event of each kind is golden', async () => {
  const lines = eventOfEachKind().map((event) => `${format.encode(event)}\n`)
  await expect(lines.join('')).toMatchFileSnapshot('../../test/formats/golden/cef.txt')
})

test('each id of the catalogue, and an unknown one, keeps the lengths, forms and labels of the standard', () => {
  for (const event of [...eventOfEach(), eventOf({ event: 'Quantum Stack Entangled' })]) {
    const line = read(event)
    expect({ action: event.action, faults: faultsOf(line) }).toEqual({ action: event.action, faults: [] })
    expect(line).toMatchObject({
      ...{ prefix: '', vendor: 'Pulumi', product: 'Pulumi Cloud', version: '1.0' },
      ...{ classId: event.action, name: event.actionName, severity: SCALE[event.severity] },
    })
    expect(Object.fromEntries(line.extension)).toEqual(expectedOf(event))
  }
})

test('any text in any member comes back as it was', () => {
  fc.assert(
    fc.property(hostileEvents, (event) => {
      const line = read(event)
      expect(faultsOf(line)).toEqual([])
      expect(line.classId).toBe(inHeader(event.action, 1023))
      expect(line.name).toBe(inHeader(event.actionName, 512))
      expect(Object.fromEntries(line.extension)).toEqual(expectedOf(event))
    }),
    { numRuns: 200 },
  )
})

describe('a value longer than its key allows', () => {
  test.each([
    ['in plain text', 'x'.repeat(1024), 'x'.repeat(1023)],
    ['never inside an escape', `${'x'.repeat(1022)}\\=`, `${'x'.repeat(1022)}\\`],
    ['by whole characters', `${'x'.repeat(1022)}😀`, 'x'.repeat(1022)],
    ['not at all when it just fits', `${'x'.repeat(1021)}😀`, `${'x'.repeat(1021)}😀`],
    ['of a megabyte', 'é'.repeat(1 << 20), 'é'.repeat(1023)],
  ])('is cut %s, and is complete under a key of our own', (_, description, msg) => {
    const { extension } = read(eventOf({ description }))
    expect(extension.get('msg')).toBe(msg)
    expect(extension.get('PulumiCloudDescription')).toBe(msg === description ? undefined : description)
  })
})

test('complete texts are at the end of the line', () => {
  const keys = [
    ...read(eventOf({ description: 'x'.repeat(2_000), login: 'y'.repeat(2_000) })).extension.keys(),
  ]
  expect(keys.slice(-3)).toEqual(['PulumiCloudActorType', 'PulumiCloudLogin', 'PulumiCloudDescription'])
})

describe('the address', () => {
  test.each([
    ['198.51.100.7', 'src'],
    ['2001:db8::7', 'c6a2'],
    ['::ffff:198.51.100.7', 'c6a2'],
    ['198.51.100.7:443', 'PulumiCloudSourceIp'],
    ['fe80::1%eth0', 'PulumiCloudSourceIp'],
    ['unknown', 'PulumiCloudSourceIp'],
  ])('%s is in %s', (sourceIp, key) => {
    const { extension } = read(eventOf({ sourceIp }))
    const holders = ['src', 'c6a2', 'PulumiCloudSourceIp'].filter((it) => extension.has(it))
    expect(holders).toEqual([key])
    expect(extension.get(key)).toBe(sourceIp)
    expect(extension.get('c6a2Label')).toBe(key === 'c6a2' ? 'Source IPv6 Address' : undefined)
  })
})

test('a redacted event has no empty keys', () => {
  const event = {
    ...eventOf({}),
    actor: { type: 'user', login: '', name: '' },
    description: '',
    raw: undefined,
  }
  const { sourceIp: _, ...rest } = event
  expect([...read(rest as AuditEvent).extension.keys()]).toEqual([
    ...['rt', 'end', 'dvchost', 'deviceProcessName', 'externalId', 'cat', 'act', 'outcome'],
    ...['cs1', 'cs1Label'],
    ...['PulumiCloudUid', 'PulumiCloudSource', 'PulumiCloudObservedAt', 'PulumiCloudActorType'],
  ])
})

test.each([253_402_300_800, -62_167_219_201, Number.MAX_SAFE_INTEGER])(
  'the second %d is not a time',
  (timestamp) => {
    const { extension } = read({ ...eventOf({}), timestamp })
    expect([extension.get('rt'), extension.get('end')]).toEqual([undefined, undefined])
    expect(extension.get('PulumiCloudTimestamp')).toBe(String(timestamp))
  },
)

test('members that the API added later are carried, and old names of events', () => {
  const raw = { event: 'Environment Version Tag Open', future: { a: [1] }, user: { name: 'x', mfa: true } }
  const { extension } = read({ ...eventOf({}), raw })
  expect(JSON.parse(extension.get('PulumiCloudExtra') ?? '')).toEqual({ ...raw, user: { mfa: true } })
})

test.each([null, 'text', 7, [], { type: 7, name: null, user: {} }])(
  'a target of another shape, %j, does no harm',
  (target) => {
    expect(faultsOf(read({ ...eventOf({}), target } as unknown as AuditEvent))).toEqual([])
  },
)

test('names the host of the API, or another one if configured', () => {
  expect(read(eventOf({})).extension.get('dvchost')).toBe('api.pulumi.com')
  const line = lineFormat('cef', { cef: { host: 'api.acme.example' } }).encode(eventOf({}))
  expect(readCef(line).extension.get('dvchost')).toBe('api.acme.example')
})

test.each(HOSTILE_TEXTS)('hostile text comes back (%#)', (description) => {
  const { extension } = read(eventOf({ description }))
  expect(extension.get('PulumiCloudDescription') ?? extension.get('msg')).toBe(carried(description))
})

test.each([
  ['CEF:0|a|b|1|c|d|5|msg=x=y', /^msg has no end/],
  ['CEF:0|a|b|1|c|d|5|m-g=x', /^key "m-g"/],
  ['CEF:0|a|b|1|c|d|5|msg=x\\ny\\t', /^escape/],
  ['CEF:0|a|b|1|c|d\\n|5|msg=x', /^escape/],
  ['CEF:0|a|b|1|c|d|5|msg= suser=x', /^msg is empty|^msg has no end/],
  ['CEF:0|a|b|1|c|d|5|msg=x msg=y', /^msg twice/],
  ['CEF:0|a|b|1|c|d|5|text', /^an extension without a key/],
  ['CEF:0|a|b|1|c|d', /^a header of 4 fields/],
  ['CEF:0|a|b|1|c|d|5|msg=x\nsuser=y', /^more than one line/],
])('the reader of these tests refuses %j', (line, message) => {
  expect(() => readCef(line)).toThrow(message)
})

test.each([
  ['CEF:0|a|b|1|c|d|11|msg=x', 'severity 11'],
  ['CEF:0|a|b|1|c|d|5|cs1=x', 'cs1 has no label'],
  ['CEF:0|a|b|1|c|d|5|cs1Label=x', 'cs1Label alone'],
  ['CEF:0|a|b|1|c|d|5|src=::1', 'src: 3 characters, ::1'],
  ['CEF:0|a|b|1|c|d|5|orgID=x', 'orgID is in no dictionary'],
  [`CEF:0|a|b|1|c|d|5|act=${'x'.repeat(64)}`, `act: 64 characters, ${'x'.repeat(40)}`],
  [`CEF:0|a|b|1|c|${'x'.repeat(513)}|5|act=x`, 'name: 513 characters'],
])('and finds the fault of %j', (line, fault) => {
  expect(faultsOf(readCef(line))).toEqual([fault])
})

const SCALE = ['', '1', '3', '5', '8']

/** Reads the bytes as a receiver does. */
function read(event: AuditEvent) {
  return readCef(Buffer.from(format.encode(event)).toString())
}

/** UTF-8 has no lone surrogates: each becomes a replacement character. Empty text counts as absent. */
function carried(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.toWellFormed()
}

function inHeader(text: string, length: number): string {
  return first(text, length)
    .replaceAll(/[\r\n]/g, ' ')
    .toWellFormed()
}

function first(text: string, length: number): string {
  const whole = text.slice(0, length)
  return text.length > length && /[\ud800-\udbff]$/.test(whole) ? whole.slice(0, -1) : whole
}

function address(text: string | undefined): Record<string, string | undefined> {
  const version = text === undefined || text.includes('%') ? 0 : isIP(text)
  if (version === 4) return { src: text }
  if (version === 6) return { c6a2: text, c6a2Label: 'Source IPv6 Address' }
  return { PulumiCloudSourceIp: carried(text) }
}

/** The mapping again, key by key, as docs/formats/cef.md describes it. */
function expectedOf(event: AuditEvent): Record<string, string | undefined> {
  const { actor, token, target, required, raw } = event
  const limited = (key: string, text: string | undefined, length: number, whole: string) =>
    text !== undefined && text.length > length
      ? { [key]: carried(first(text, length)), [whole]: carried(text) }
      : { [key]: carried(text) }
  const labelled = (at: number, label: string, text: string | undefined, whole: string) => ({
    ...limited(`cs${at}`, text, 4000, whole),
    [`cs${at}Label`]: text ? label : undefined,
  })
  const roles = [required.orgAdmin ? 'OrgAdmin' : '', required.stackAdmin ? 'StackAdmin' : '']
  const path = [target?.project, target?.name, target?.stack].filter(Boolean).join('/') || target?.user
  const ms = String(event.timestamp * 1000)
  const named = (raw as { actorName?: unknown } | null)?.actorName
  const agent = typeof named === 'string' && named !== actor.name ? named : undefined
  const expected = {
    ...{ rt: ms, end: ms, dvchost: 'api.pulumi.com', deviceProcessName: 'auditferry' },
    externalId: event.uid.slice(0, 40),
    ...limited('cat', event.category, 1023, 'PulumiCloudCategory'),
    ...{ act: event.operation, outcome: event.outcome },
    ...address(event.sourceIp),
    ...limited('suser', actor.login, 1023, 'PulumiCloudLogin'),
    spriv: carried(roles.filter(Boolean).join(',')),
    ...limited('duser', target?.user, 1023, 'PulumiCloudTargetUser'),
    ...limited('dpriv', target?.role, 1023, 'PulumiCloudTargetRole'),
    ...labelled(1, 'organization', event.organization, 'PulumiCloudOrganization'),
    ...labelled(2, 'tokenName', token?.name, 'PulumiCloudTokenName'),
    ...labelled(3, 'tokenId', token?.id, 'PulumiCloudTokenId'),
    ...labelled(4, 'target', target && (path ? `${target.type}:${path}` : target.type), 'PulumiCloudTarget'),
    ...labelled(5, 'userDisplayName', actor.name, 'PulumiCloudUserDisplayName'),
    ...labelled(6, 'userEmail', actor.email, 'PulumiCloudUserEmail'),
    ...limited('msg', event.description, 1023, 'PulumiCloudDescription'),
    PulumiCloudAction: event.action.length > 1023 ? carried(event.action) : undefined,
    PulumiCloudActionName: event.actionName.length > 512 ? carried(event.actionName) : undefined,
    PulumiCloudUid: event.uid,
    PulumiCloudSource: carried(event.source),
    PulumiCloudObservedAt: String(event.observedAt),
    PulumiCloudActorType: actor.type,
    PulumiCloudActorName: carried(agent),
    PulumiCloudActorUrn: carried(actor.urn),
    PulumiCloudAvatarUrl: carried(actor.avatarUrl),
    PulumiCloudUpdateId: carried(target?.updateId),
    PulumiCloudAuthFailure: event.authFailure ? 'true' : undefined,
    PulumiCloudExtra: leftovers(event),
  }
  return Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined))
}
