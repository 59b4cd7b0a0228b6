import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostileEvents } from '../../test/formats/hostile-events.ts'
import { faultsOf, readLeef } from '../../test/formats/read-leef.ts'
import { eventOf, eventOfEach, eventOfEachKind, HOSTILE_TEXTS } from '../../test/formats/sample-events.ts'
import type { AuditEvent } from '../event.ts'
import { leef } from './leef.ts'
import { leefOptions } from './leef-options.ts'
import { leftovers } from './leftovers.ts'

const formatOf = (options: object) => leef(leefOptions.parse(options))
const VARIANTS: [object, string][] = [
  [{}, '\t'],
  [{ version: 1, delimiter: '^' }, '\t'],
  [{ delimiter: '^' }, '^'],
  [{ delimiter: 'x1f' }, '\x1f'],
  [{ delimiter: '0x00A6' }, '¦'],
]

test('one event of each kind is golden, in both versions', async () => {
  const lines = [formatOf({ delimiter: '^' }), formatOf({ version: '1.0' })].flatMap((format) =>
    eventOfEachKind().map((event) => `${format.encode(event)}\n`),
  )
  await expect(lines.join('')).toMatchFileSnapshot('../../test/formats/golden/leef.txt')
})

describe.each(VARIANTS)('with %j', (options, mark) => {
  const format = formatOf(options)

  test('each id of the catalogue, and an unknown one, keeps to the guide', () => {
    for (const event of [...eventOfEach(), eventOf({ event: 'Quantum Stack Entangled' })]) {
      const line = readLeef(format.encode(event))
      expect({ action: event.action, faults: faultsOf(line) }).toEqual({ action: event.action, faults: [] })
      expect(line).toMatchObject({
        version: 'version' in options ? '1.0' : '2.0',
        ...{ vendor: 'Pulumi', product: 'Pulumi Cloud', productVersion: '1.0', eventId: event.action },
      })
      expect(Object.fromEntries(line.pairs)).toEqual(expectedOf(event, mark))
    }
  })

  test('any text in any member comes back, except what would end it', () => {
    fc.assert(
      fc.property(hostileEvents, (event) => {
        const line = readLeef(Buffer.from(format.encode(event)).toString())
        expect(faultsOf(line)).toEqual([])
        expect(line.eventId).toBe(
          first(event.action)
            .replaceAll(/[|\t\r\n]/g, ' ')
            .toWellFormed(),
        )
        expect(Object.fromEntries(line.pairs)).toEqual(expectedOf(event, mark))
      }),
      { numRuns: 60 },
    )
  })
})

test.each([...HOSTILE_TEXTS, 'é'.repeat(1 << 20)])('hostile text comes back (%#)', (description) => {
  const { pairs } = readLeef(Buffer.from(formatOf({}).encode(eventOf({ description }))).toString())
  expect([...pairs].at(-1)).toEqual(
    description === '' ? ['actorType', 'user'] : ['msg', carried(description, '\t')],
  )
})

test('a long login is cut at whole characters and is complete beside it, and so is a long event id', () => {
  const login = `${'x'.repeat(254)}😀`
  const action = 'y'.repeat(300)
  const { eventId, pairs } = readLeef(formatOf({}).encode({ ...eventOf({ login }), action }))
  expect([pairs.get('usrName'), pairs.get('login')]).toEqual(['x'.repeat(254), login])
  expect([eventId, pairs.get('eventId')]).toEqual(['y'.repeat(255), action])
})

test.each([253_402_300_800, Number.MAX_SAFE_INTEGER])('the second %d is not a time', (timestamp) => {
  const line = readLeef(formatOf({}).encode({ ...eventOf({}), timestamp }))
  expect(faultsOf(line)).toEqual([])
  expect(line.pairs.get('eventTimestamp')).toBe(String(timestamp))
})

test('a text that is not an address is under a key of its own', () => {
  const { pairs } = readLeef(formatOf({}).encode(eventOf({ sourceIp: 'unknown' })))
  expect([pairs.get('src'), pairs.get('sourceIp')]).toEqual([undefined, 'unknown'])
})

test.each([
  ['user-login', 'true'],
  ['user-login-failed', 'true'],
  ['stack-created', undefined],
])('%s: isLoginEvent is %s', (event, expected) => {
  expect(readLeef(formatOf({}).encode(eventOf({ event }))).pairs.get('isLoginEvent')).toBe(expected)
})

test.each([null, 'text', [], { type: 7, name: null }])(
  'a target of another shape, %j, does no harm',
  (target) => {
    const line = formatOf({}).encode({ ...eventOf({}), target } as unknown as AuditEvent)
    expect(faultsOf(readLeef(line))).toEqual([])
  },
)

describe('options', () => {
  test.each([
    [1, 1],
    [2, 2],
    ['1.0', 1],
    ['2.0', 2],
  ])('version %j is %d', (version, expected) => {
    expect(leefOptions.parse({ version }).version).toBe(expected)
  })

  test.each([
    ['^', '^', '^'],
    ['x5E', '^', '^'],
    ['x9', '\t', 'x09'],
    ['\t', '\t', 'x09'],
    ['0x1F', '\x1f', 'x1f'],
    ['¦', '¦', 'xa6'],
  ])('delimiter %j is read, and written as the header shows it', (delimiter, character, written) => {
    expect(leefOptions.parse({ delimiter }).delimiter).toEqual({ character, written })
  })

  test.each([
    '',
    '^^',
    'x',
    'x123456',
    'a',
    'x41',
    '=',
    '|',
    ' ',
    '\n',
    'x0',
    'xD800',
    '-',
    '.',
    ':',
    '"',
    '😀',
  ])('delimiter %j is refused', (delimiter) => {
    expect(leefOptions.safeParse({ delimiter }).error?.issues[0]?.message).toMatch(
      /^expected one character|^can’t be told from the values/,
    )
  })

  test.each([0, 3, '2.1', true])('version %j is refused', (version) => {
    expect(leefOptions.safeParse({ version }).success).toBe(false)
  })
})

test.each([
  ['LEEF:1.0|a|b|1|c|msg=x\tmsg=y', /^msg twice/],
  ['LEEF:1.0|a|b|1|c|msg=x\ttext', /^pair "text"/],
  ['LEEF:1.0|a|b|1|c|msg=', /^msg is empty/],
  ['LEEF:2.0|a|b|1|c|^|msg=x^src=y\tz', /^a tab in src/],
  ['LEEF:2.0|a|b|1|c|^^|msg=x', /^delimiter/],
  ['LEEF:2.0|a|b|1|c', /^a header of 5 fields/],
  ['LEEF:3.0|a|b|1|c|', /^no LEEF/],
])('the reader of these tests refuses %j', (line, message) => {
  expect(() => readLeef(line)).toThrow(message)
})

function carried(text: string | undefined, mark: string): string | undefined {
  if (text === undefined || text === '') return undefined
  return text
    .replaceAll(/[\t\r\n]/g, ' ')
    .replaceAll(mark, ' ')
    .toWellFormed()
}

function first(text: string): string {
  const whole = text.slice(0, 255)
  return text.length > 255 && /[\ud800-\udbff]$/.test(whole) ? whole.slice(0, -1) : whole
}

const SCALE = ['', '1', '3', '5', '8']

/** The mapping again, key by key, as docs/formats/leef.md describes it. */
function expectedOf(event: AuditEvent, mark: string): Record<string, string | undefined> {
  const { action, actor, token, target, required, raw, sourceIp } = event
  const words = new Date(event.timestamp * 1000).toUTCString().split(' ')
  const roles = [required.orgAdmin ? 'OrgAdmin' : '', required.stackAdmin ? 'StackAdmin' : '']
  const path = [target?.project, target?.name, target?.stack].filter(Boolean).join('/') || target?.user
  const isAddress = sourceIp !== undefined && !sourceIp.includes('%') && isIP(sourceIp) !== 0
  const named = (raw as { actorName?: unknown } | null)?.actorName
  const values = {
    devTime: `${words[2]} ${words[1]} ${words[3]} ${words[4]}.000 GMT`,
    devTimeFormat: 'MMM dd yyyy HH:mm:ss.SSS z',
    cat: event.category,
    sev: SCALE[event.severity],
    ...{ src: isAddress ? sourceIp : undefined, sourceIp: isAddress ? undefined : sourceIp },
    ...{ usrName: first(actor.login), login: actor.login.length > 255 ? actor.login : undefined },
    ...{ accountName: actor.name, realm: event.organization, role: roles.filter(Boolean).join(',') },
    resource: target && (path ? `${target.type}:${path}` : target.type),
    isLoginEvent: action.startsWith('user-login') ? 'true' : undefined,
    ...{ eventName: event.actionName, eventId: action.length > 255 ? action : undefined },
    ...{ operation: event.operation, outcome: event.outcome },
    ...{ targetUser: target?.user, targetRole: target?.role, updateId: target?.updateId },
    ...{ tokenName: token?.name, tokenId: token?.id, userEmail: actor.email },
    ...{ msg: event.description, eventUid: event.uid, eventSource: event.source },
    ...{ observedAt: String(event.observedAt), actorType: actor.type },
    actorName: typeof named === 'string' && named !== actor.name ? named : undefined,
    ...{ actorUrn: actor.urn, avatarUrl: actor.avatarUrl },
    authFailure: event.authFailure ? 'true' : undefined,
    extra: leftovers(event),
  }
  const entries = Object.entries(values).map(([key, text]) => [key, carried(text, mark)] as const)
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined))
}
