import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Command } from 'commander'
import { afterAll, expect, test } from 'vitest'
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

test.each([
  ['no JSON', 'is not JSON; give one native event or one record of the audit API'],
  [[], 'holds 0 events; give one'],
  [[record, record], 'holds 2 events; give one'],
  [7, 'is not a record'],
  [{ event: 'x' }, 'is not a record: timestamp: '],
  [{ uid: 'x', actor: {} }, 'is not a native event: source: '],
])('refused: %j', async (input, problem) => {
  await expect(explain(write('bad.json', input))).rejects.toThrow(problem)
})

test('a missing file and an unknown source are named', async () => {
  await expect(explain(join(folder, 'nowhere.json'))).rejects.toThrow('nowhere.json: ENOENT')
  await expect(explain(write('record.json', record), '--source', 'x')).rejects.toThrow(
    '--source x: there is no such source; there are main, other',
  )
})

async function explain(file: string, ...options: string[]): Promise<string> {
  let written = ''
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk)
      done()
    },
  })
  const program = new Command().exitOverride()
  register(program, { ...processSeams, stdout, env: {}, now: () => 1795384799123 })
  await program.parseAsync(['explain', '--event', file, '-c', config, ...options], { from: 'user' })
  return written
}

function write(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
