import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '../event.ts'
import { csv } from './csv.ts'
import { pulumiCsv } from './pulumi-csv.ts'

const event: AuditEvent = {
  uid: 'ab'.repeat(32),
  source: 'acme-prod',
  organization: 'acme',
  timestamp: 1795384721,
  observedAt: 1795384799123,
  action: 'stack-created',
  actionName: 'Stack Created',
  category: 'stacks',
  operation: 'create',
  outcome: 'success',
  severity: 2,
  actor: { type: 'user', login: 'dana', name: 'Dana O' },
  required: { orgAdmin: false, stackAdmin: true },
  authFailure: false,
  description: 'created acme/web/prod',
  raw: {},
}

const guarded = csv({ formula_guard: true })
const plain = csv({ formula_guard: false })

describe('csv', () => {
  test('prints the sixteen columns', () => {
    expect(guarded.header).toBe(
      'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure,' +
        'TokenID,TokenName,ActorName,ActorUrn,Organization,EventID,UID',
    )
    expect(guarded.encode(event)).toBe(
      '2026-11-22T21:58:41Z,Dana O,dana,Stack Created,created acme/web/prod,,false,true,false,,,,,' +
        `acme,stack-created,${event.uid}`,
    )
    expect(guarded.lineEnd).toBe('\r\n')
  })

  test('prints token and address when there are any', () => {
    const full = { ...event, sourceIp: '198.51.100.7', token: { id: 't-1', name: 'ci' }, authFailure: true }
    expect(cells(guarded.encode(full)).slice(5, 11)).toEqual([
      ...['198.51.100.7', 'false', 'true', 'true', 't-1', 'ci'],
    ])
  })

  test.each([
    ['a record of JSON', 'Dana O', { user: { name: 'Dana O' }, actorName: 'deploy' }, ['Dana O', 'deploy']],
    ['a row of CSV', 'Dana O', { Name: 'Dana O', ActorName: 'deploy' }, ['Dana O', 'deploy']],
    ['a row in capitals', 'Dana O', { NAME: 'Dana O', ACTORNAME: 'deploy' }, ['Dana O', 'deploy']],
    ['a row in capitals without user', 'deploy', { NAME: '', ACTORNAME: 'deploy' }, ['', 'deploy']],
    ['a record whose actor is a number', '7', { user: { name: '' }, actorName: 7 }, ['', '7']],
    ['an actor without user', 'deploy', { user: { name: '' }, actorName: 'deploy' }, ['', 'deploy']],
    ['an actor named as the user', 'Dana', { Name: 'Dana', ActorName: 'Dana' }, ['Dana', 'Dana']],
    ['a record that was redacted', 'Dana O', undefined, ['Dana O', '']],
  ])('distinguishes the user from the actor in %s', (_, name, raw, expected) => {
    const actor = { type: 'token', login: 'dana', name, urn: 'urn:1' } as const
    const row = cells(guarded.encode({ ...event, actor, raw }))
    expect([row[1], row[11]]).toEqual(expected)
    expect(row[12]).toBe('urn:1')
    expect(cells(pulumiCsv.encode({ ...event, actor, raw }))[1]).toBe(expected[0])
  })

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('guards %j with one apostrophe', (text) => {
    expect(cells(guarded.encode({ ...event, description: text }))[4]).toBe(`'${text}`)
    expect(cells(plain.encode({ ...event, description: text }))[4]).toBe(text)
  })

  test.each(["'=1", ' =1', '\n=1', 'a=1', ''])('leaves %j alone', (text) => {
    expect(cells(guarded.encode({ ...event, description: text }))[4]).toBe(text)
  })

  test.each(['a"b', '""', 'a\r\nb', 'a,b', 'a\0b', 'a\ud800b', ' outer ', 'x'.repeat(1 << 20)])(
    'carries hostile text unchanged (%#)',
    (text) => {
      expect(cells(plain.encode({ ...event, description: text }))[4]).toBe(text)
      expect(cells(pulumiCsv.encode({ ...event, description: text }))[4]).toBe(text)
    },
  )

  test('any text survives a round trip through another CSV parser', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText, anyText), { minLength: 1, maxLength: 5 }), (texts) => {
        for (const format of [plain, pulumiCsv]) {
          const events = texts.map(([name, login, description]) => ({
            ...event,
            actor: { ...event.actor, name, login },
            description,
          }))
          const lines = [format.header ?? '', ...events.map(format.encode)]
          const file = lines.map((line) => line + format.lineEnd).join('')
          const { data } = Papa.parse<string[]>(file, { newline: format.lineEnd, delimiter: ',' })
          expect(data.slice(1, -1).map((row) => [row[1], row[2], row[4]])).toEqual(texts)
        }
      }),
    )
  })

  test('prints a second that no calendar knows as a number', () => {
    expect(cells(plain.encode({ ...event, timestamp: 1e15 }))[0]).toBe('1000000000000000')
    expect(cells(plain.encode({ ...event, timestamp: 253402300799 }))[0]).toBe('9999-12-31T23:59:59Z')
  })
})

describe('pulumi_csv', () => {
  test('prints nine columns, line feeds and no guard', () => {
    expect(pulumiCsv.header).toBe(
      'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure',
    )
    expect(pulumiCsv.lineEnd).toBe('\n')
    expect(pulumiCsv.encode({ ...event, description: '=1+1', sourceIp: '::1' })).toBe(
      '2026-11-22T21:58:41Z,Dana O,dana,Stack Created,=1+1,::1,false,true,false',
    )
  })

  test.each([
    [' led by a blank', '" led by a blank"'],
    ['\u00a0x', '"\u00a0x"'],
    ['\\.', '"\\."'],
    ['a\\.', 'a\\.'],
    ['\ufeffx', '\ufeffx'],
  ])('quotes %j as Go does', (text, cell) => {
    expect(pulumiCsv.encode({ ...event, description: text })).toContain(`,Stack Created,${cell},,`)
  })
})

/** Papa would guess that a lone CR is a line end, so the delimiter and line end are given. */
function cells(line: string): string[] {
  return Papa.parse<string[]>(line, { newline: '\r\n', delimiter: ',' }).data[0] ?? []
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', "'", '=', '\0', ' ', 'a', 'é') }),
)
