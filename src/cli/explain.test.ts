import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { Command } from 'commander'
import { afterAll, expect, test } from 'vitest'
import { cityDatabase } from '../../test/mmdb/samples.ts'
import { register } from './explain.ts'
import { processSeams } from './seams.ts'

const folder = mkdtempSync(join(tmpdir(), 'explain-'))
afterAll(() => rmSync(folder, { recursive: true }))

const config = write(
  'auditferry.yaml',
  `
sources:
  main: { type: pulumi, organization: acme, access_token: x }
  other: { type: pulumi, organization: other-org, access_token: x }
sinks:
  all: { type: file, path: ./all.ndjson }
  stacks: { type: file, path: ./stacks.ndjson, where: 'category == "stacks"' }
  web: { type: file, path: ./web.ndjson, where: 'target.project == "web"' }
  elsewhere: { type: file, path: ./other.ndjson, sources: [other] }
  off: { type: file, path: ./off.ndjson, enabled: false }
  table: { type: file, path: ./all.csv, format: csv, redact: [{ field: actor.email, with: drop }, { field: sourceIp, with: mask }] }
`,
)
const record = {
  timestamp: 1795384721,
  event: 'member-added',
  description: 'Added "bob" as a member\u001b[2J',
  sourceIP: '198.51.100.77',
  user: { name: 'Dana O', githubLogin: 'dana', email: 'dana@example.com' },
  reqOrgAdmin: true,
}

test('a record, sink by sink, as JSON', async () => {
  const { event, sinks } = JSON.parse(await explain(write('record.json', record), '--json'))
  expect(event).toMatchObject({
    source: 'main',
    organization: 'acme',
    action: 'member-added',
    actor: { login: 'dana' },
    sourceIp: '198.51.100.77',
    required: { orgAdmin: true, stackAdmin: false },
    target: { user: 'bob', role: 'member' },
    raw: record,
  })
  expect(sinks).toMatchObject([
    { sink: 'all', type: 'file', takes: true, reason: 'it has no filter', redacted: [], format: 'native' },
    { sink: 'stacks', takes: false, reason: 'where is false: category == "stacks"' },
    {
      sink: 'web',
      takes: false,
      reason: 'dead letter, where: target.project == "web": No such key: project',
    },
    { sink: 'elsewhere', takes: false, reason: 'it takes from other, not from main' },
    { sink: 'off', takes: false, reason: 'it is not enabled' },
    { sink: 'table', takes: true, format: 'csv' },
  ])
  expect(event.time).toBe('2026-11-22T21:58:41Z')
  expect(JSON.parse(sinks[0].line)).toEqual(event)
  expect(sinks[5].line).toMatch(/^2026-11-22T21:58:41Z,Dana O,dana,Member Added,.*198\.51\.100\.0/)
})

test('each rule in turn, and what the sink puts around the event', async () => {
  writeFileSync(join(folder, 'city.mmdb'), cityDatabase())
  const file = write(
    'sinks.yaml',
    `
sources: { main: { type: pulumi, organization: acme, access_token: x } }
sinks:
  splunk: { type: splunk_hec, endpoint: 'https://splunk.example:8088', token: hec-secret, index: security,
    enrich: { geoip: { city: ./city.mmdb }, fields: { env: prod } },
    where: enrichment.fields.env == "prod",
    sample: [{ where: severity > 100, keep: 1, of: 2 }],
    dedupe_window: 1h,
    redact: [
      { field: actor.login, with: hash, key: [new-key, old-key] },
      { field: enrichment.geo, with: drop },
      { field: actor.urn, with: drop }] }
  bot: { type: webhook, endpoint: 'https://hooks.example/T0/secret-path', secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz,
    headers: { X-Key: header-secret }, auth: { type: bearer, token: bearer-secret }, compression: gzip }
  archive: { type: s3, bucket: acme-audit, region: eu-west-1, prefix: audit, format: csv }
  few: { type: file, path: ./few.ndjson, sample: [{ where: 'true', keep: 1, of: 1000000 }] }
`,
  )
  const input = write('record.json', record)
  const { sinks } = JSON.parse(await explain(input, '-c', file, '--json'))
  const [splunk, bot, archive, few] = sinks
  const hmac = (key: string) => createHmac('sha256', key).update('dana').digest('hex')
  const steps = splunk.steps.map((it: { rule: string; field?: string; detail: string }) => [
    ...[it.rule, it.field, it.detail],
  ])
  expect(steps).toEqual([
    ['enrich', undefined, expect.stringMatching(/^{"fields":{"env":"prod"},"geo":{"country":"DE",/)],
    ['where', undefined, 'true: enrichment.fields.env == "prod"'],
    ['sample', undefined, 'no entry is for it'],
    ['dedupe_window', undefined, 'whether it repeats one that was sent shows only when it comes'],
    ['redact', 'actor.login', `hash: "${hmac('new-key')}"; with a key before: "${hmac('old-key')}"`],
    ['redact', 'enrichment.geo', 'drop: absent'],
    ['redact', 'actor.urn', 'drop: absent'],
  ])
  expect(splunk.sent).toMatchObject({
    place: 'POST https://splunk.example:8088/services/collector/event',
    headers: { authorization: 'Splunk [secret]' },
  })
  expect(JSON.parse(splunk.sent.body)).toMatchObject({
    time: 1795384721,
    index: 'security',
    event: JSON.parse(splunk.line),
    fields: { event_uid: JSON.parse(splunk.line).uid },
  })
  expect(bot.sent).toMatchObject({
    place: 'POST https://hooks.example/…',
    headers: {
      'x-key': '[secret]',
      authorization: 'Bearer [secret]',
      'webhook-id': `evt_${JSON.parse(bot.line).uid}`,
      'webhook-signature': '[signature]',
      'content-encoding': 'gzip',
    },
  })
  expect(JSON.parse(bot.sent.body)).toMatchObject({
    type: 'pulumi.audit.member_added',
    data: { actor: { login: 'dana' } },
  })
  expect(archive.sent.place).toMatch(
    /^s3:\/\/acme-audit\/audit\/org=acme\/dt=2026-11-22\/hour=21\/1795384721-1795384721-[0-9a-f]{12}\.csv\.gz$/,
  )
  expect(archive.sent.body).toMatch(/^Timestamp,.*\r\n2026-11-22T21:58:41Z,.*\r\n$/s)
  expect(few).toMatchObject({ takes: false, reason: 'sample leaves it out' })

  const text = await explain(input, '-c', file)
  for (const all of [JSON.stringify(sinks), text]) {
    expect(all).not.toMatch(/hec-secret|secret-path|header-secret|bearer-secret|whsec|new-key|old-key/)
  }
  expect(text).toContain(`  redact actor.login: hash: "${hmac('new-key')}"`)
  expect(text).toContain(
    '  sent: POST https://splunk.example:8088/services/collector/event\n    authorization: Splunk [secret]',
  )
  expect(text).toContain('  sample: its uid is among those that are left out')
})

test('for people: the bytes are visible, control characters harmless', async () => {
  const text = await explain(write('record.json', record))
  expect(text).toContain('member-added (Member Added) of 2026-11-22T21:58:41Z from main')
  expect(text).toContain('all (file) takes it: it has no filter')
  expect(text).toContain('stacks (file) leaves it out: where is false: category == "stacks"')
  expect(text).toContain('redacted: actor.email (drop), sourceIp (mask)')
  expect(text).toContain('as a member\\u001b[2J')
  expect(text).not.toContain('\u001b')
})

test('the source of a record can be named; a native event keeps its own, and a list of one is one', async () => {
  const list = write('list.json', { auditLogEvents: [record] })
  const { event, sinks } = JSON.parse(await explain(list, '--source', 'other', '--json'))
  expect(event).toMatchObject({ source: 'other', organization: 'other-org' })
  const again = JSON.parse(await explain(write('native.json', [JSON.parse(sinks[0].line)]), '--json'))
  expect(again.event).toMatchObject(event)
  expect(again.sinks).toEqual(sinks)
})

const nativeEvent = {
  uid: 'x',
  source: 'main',
  organization: 'acme',
  timestamp: 1,
  observedAt: 1,
  action: 'a',
  actionName: 'A',
  category: 'stacks',
  operation: 'create',
  outcome: 'success',
  severity: 1,
  actor: { type: 'user', login: 'dana', name: 'Dana' },
  required: { orgAdmin: false, stackAdmin: false },
  authFailure: false,
  description: '',
  raw: {},
}

test('a native event without optional members is accepted', async () => {
  expect(await explain(write('least.json', nativeEvent))).toContain('uid x')
})

test('a dead letter stands for its event, alone or in the list of them', async () => {
  const letter = { id: 'd1', sink: 'all', source: 'main', uid: 'x', reason: 'too large', event: nativeEvent }
  const listed = { deadLetters: [letter] }
  for (const input of [letter, listed]) {
    const { event } = JSON.parse(await explain(write('letter.json', input), '--json'))
    expect(event).toMatchObject({ uid: 'x', organization: 'acme', actor: { login: 'dana' } })
  }
})

test.each([
  ['no JSON', 'is not JSON; give one native event, one record of the audit API or one dead letter'],
  [[], 'holds 0 events; give one'],
  [[record, record], 'holds 2 events; give one'],
  [7, 'is not a record: expected a JSON object'],
  [
    { sink: 'all', uid: 'x', event: null, unreadable: 'no key' },
    'is a dead letter without its event: no key',
  ],
  [{ a: 1 }, 'is not a record: timestamp: is missing; event: is missing'],
  [{ event: 7, timestamp: 1 }, 'is not a record: event: expected text'],
  [{ event: 'x' }, 'is not a record: timestamp: '],
  [{ uid: 'x', actor: {} }, 'is not a native event: source: '],
  [{ ...nativeEvent, token: null }, 'is not a native event: token: '],
  [{ ...nativeEvent, sourceIp: 7 }, 'is not a native event: sourceIp: '],
  [{ ...nativeEvent, target: { type: 'stack', user: 5 } }, 'is not a native event: target: user: '],
  [{ ...nativeEvent, actor: { ...nativeEvent.actor, email: 5 } }, 'is not a native event: actor: email: '],
])('refused: %j', async (input, problem) => {
  await expect(explain(write('bad.json', input))).rejects.toThrow(problem)
})

test('a deeply nested record, with numbers beyond a double, is shown as it came', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const text = `{"timestamp":1795384721,"event":"member-added","big":9007199254740993,"deep":${deep}}`
  const { sinks } = JSON.parse(await explain(write('deep.json', text), '--json'))
  expect(sinks[0].line.endsWith(`"raw":${text}}`)).toBe(true)
  expect(await explain(write('native.json', sinks[0].line))).toContain('"big":9007199254740993')
})

test('a missing file and an unknown source are named', async () => {
  await expect(explain(join(folder, 'nowhere.json'))).rejects.toThrow('nowhere.json: no such file')
  await expect(explain(write('record.json', record), '--source', 'x')).rejects.toThrow(
    '--source: no source x; there are main, other',
  )
})

test('standard input is read to its end, however it comes', async () => {
  const bytes = Buffer.from(JSON.stringify({ ...record, description: 'Grüße' }))
  const { event } = JSON.parse(await explainFrom(Readable.from(pieces(bytes)), '-', '--json'))
  expect(event.description).toBe('Grüße')
})

async function* pieces(bytes: Buffer) {
  for (const byte of bytes) yield Buffer.of(byte)
}

function explain(file: string, ...options: string[]): Promise<string> {
  return explainFrom(processSeams.stdin, file, ...options)
}

async function explainFrom(stdin: Readable, file: string, ...options: string[]): Promise<string> {
  let written = ''
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk)
      done()
    },
  })
  const program = new Command().exitOverride()
  register(program, { ...processSeams, stdin, stdout, env: {}, now: () => 1795384799123 })
  await program.parseAsync(['explain', '--event', file, '-c', config, ...options], { from: 'user' })
  return written
}

function write(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
