import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { register } from '../../src/cli/test.ts'
import { cityDatabase } from '../mmdb/samples.ts'
import { createHarness } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'rule-tests-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  process.exitCode = 0
})

mkdirSync(join(folder, 'events'))
writeFileSync(join(folder, 'city.mmdb'), cityDatabase())
write(
  'auditferry.yaml',
  `sources:
  main: { type: pulumi, organization: acme, access_token: "\${TOKEN}" }
  other: { type: pulumi, organization: elsewhere, access_token: x }
sinks:
  soc: { type: file, path: ./soc.ndjson, sources: [main], where: 'severity >= 3 && target.name != "x"' }
  bot: { type: file, path: ./bot.ndjson, redact: [{ field: sourceIp, with: mask }, { field: token, with: drop }] }
  table: { type: file, path: ./all.csv, format: csv }
  off: { type: file, path: ./off.ndjson, enabled: false }
  chat:
    type: file
    path: ./chat.ndjson
    enrich: { fields: { env: prod }, geoip: { city: ./city.mmdb } }
    sample: [{ where: 'action == "secret-decrypted"', keep: 1, of: 3 }]
    dedupe_window: 10m
`,
)
write('events/login.json', '{"timestamp": 1795384721, "event": "user-login", "user": {"githubLogin": "eve"}}')

test('what was added, sampling, and repeats of what came before', async () => {
  const file = write(
    'rules.yaml',
    `${HEAD}
  - name: an event tells where it came from
    event: { event: user-login, sourceIP: 198.51.100.7 }
    expect: { chat: { contains: { enrichment: { fields: { env: prod }, geo: { country: DE, city: Berlin } } } } }
  - name: of three decryptions one is sent, always the same
    event: { event: secret-decrypted, timestamp: 1795384721 }
    expect: { chat: { outcome: filtered, rule: sample } }
  - name: and it says for how many it stands
    event: { event: secret-decrypted, timestamp: 1795384723 }
    expect: { chat: { contains: { enrichment: { sampled: { keep: 1, of: 3 } } } } }
  - name: the same again within ten minutes is a repeat
    event: { event: user-login, timestamp: 1795384721 }
    after: [{ event: user-login, timestamp: 1795384721 }]
    expect: { chat: { outcome: filtered, rule: dedupe_window } }
  - name: later it is not, nor is something else
    event: { event: user-login, timestamp: 1795384721 }
    after: [{ event: user-login, timestamp: 1795384121 }, { event: user-logout, timestamp: 1795384720 }]
    expect: { chat: delivered }
`,
  )
  expect(await run(file)).toContain('5 tests: 5 passed, 0 failed')
  const bad = write(
    'bad-after.yaml',
    `${HEAD}  - { name: x, event: { event: a }, after: [{}], expect: { chat: delivered } }\n`,
  )
  await expect(run(bad)).rejects.toThrow('tests[0].after[0]: is not a record: event: ')
})

const HEAD = 'config: ./auditferry.yaml\nenv: { TOKEN: x }\ntests:\n'

test('what becomes of events is as expected, and each kind of outcome can be expected', async () => {
  const file = write(
    'good.yaml',
    `${HEAD}
  - name: a custom role is worth the attention of the SOC
    event: { event: custom-role-created, description: 'Created role "auditor"', sourceIP: 198.51.100.77 }
    expect:
      soc: delivered
      bot:
        contains: { action: custom-role-created, target: { name: auditor }, sourceIp: 198.51.100.0 }
        absent: [token, token.id, actor.email]
      table: { contains: [Custom Role Created, 198.51.100.77], absent: [stack-created] }
      off: not_taken
  - name: a login is not
    event_file: ./events/login.json
    expect:
      soc: { outcome: filtered, rule: where }
  - name: what no rule can be computed for is a dead letter
    event: { event: saml-configuration-updated }
    expect: { soc: { outcome: dead_lettered, reason: 'No such key: name' } }
  - name: another organisation is none of its business
    source: other
    event: { event: user-login }
    expect: { soc: not_taken, bot: { contains: { organization: elsewhere, timestamp: 1767225600 } } }
`,
  )
  expect(await run(file)).toBe(
    `${file}
  ok   a custom role is worth the attention of the SOC
  ok   a login is not
  ok   what no rule can be computed for is a dead letter
  ok   another organisation is none of its business

4 tests: 4 passed, 0 failed
`,
  )
  expect(process.exitCode ?? 0).toBe(0)
})

test('each difference is reported with its place, what was expected and what came', async () => {
  const file = write(
    'bad.yaml',
    `${HEAD}
  - name: "wrong in \\e[2J every way"
    event: { event: custom-role-created, description: 'Created role "a"', sourceIP: 198.51.100.77 }
    expect:
      soc: filtered
      bot:
        contains: { sourceIp: 198.51.100.77, target: { name: b, user: bob }, required: { orgAdmin: true } }
        absent: [actor.login]
      table: { contains: [nowhere, { a: 1 }] }
      off: { outcome: delivered }
  - name: right
    event: { event: user-login }
    expect: { bot: delivered }
`,
  )
  const printed = await run(file)
  expect(printed).toContain(`  FAIL wrong in \\u001b[2J every way
       soc: outcome
         expected filtered
         actual   delivered
       bot: sourceIp
         expected "198.51.100.77"
         actual   "198.51.100.0"
       bot: target.name
         expected "b"
         actual   "a"
       bot: target.user
         expected "bob"
         actual   absent
       bot: required.orgAdmin
         expected true
         actual   false
       bot: actor.login
         expected absent
         actual   ""
       table
         expected …nowhere…
`)
  expect(printed).toContain(`       table
         expected …{"a":1}…
`)
  expect(printed).toContain(`       off: outcome
         expected delivered
         actual   not_taken (it is not enabled)
  ok   right

2 tests: 1 passed, 1 failed
`)
  expect(process.exitCode).toBe(1)
  const document = JSON.parse(await run(file, '--json'))
  expect(document).toMatchObject({
    ok: false,
    tests: [
      { file, ok: false },
      { name: 'right', ok: true, failures: [] },
    ],
  })
  expect(document.tests[0].failures[0]).toEqual({
    sink: 'soc',
    path: 'outcome',
    expected: 'filtered',
    actual: 'delivered',
  })
})

test('a payload is compared as a whole', async () => {
  const raw = '{ format: raw, type: file, path: ./raw.ndjson }'
  write(
    'raw.yaml',
    `sources: { main: { type: pulumi, organization: acme, access_token: x } }\nsinks: { raw: ${raw} }`,
  )
  const expectation = (payload: string) =>
    `config: ./raw.yaml\ntests: [{ name: n, event: { event: user-login, list: [1, 2] }, expect: { raw: { payload: ${payload} } } }]`
  const good = write('whole.yaml', expectation('{ timestamp: 1767225600, event: user-login, list: [1, 2] }'))
  expect(await run(good)).toContain('1 passed, 0 failed')
  const more = write(
    'more.yaml',
    expectation('{ timestamp: 1767225600, event: user-login, list: [1, 2, 3] }'),
  )
  expect(await run(more)).toContain('raw: list.2\n         expected 3\n         actual   absent')
  const less = write('less.yaml', expectation('{ timestamp: 1767225600, event: user-login }'))
  expect(await run(less)).toContain('raw: list\n         expected absent\n         actual   [1,2]')
})

test('every error of a file is reported at once, with its place', async () => {
  const file = write(
    'broken.yaml',
    `${HEAD}
  - name: a
    evnt: {}
    expect: { soc: deliverd }
  - name: b
    event: { timestamp: 1 }
    expect: {}
  - name: c
    event: { event: user-login }
    expect: { soc: { outcome: filtered, contains: { a: 1 } }, bot: { rule: where } }
`,
  )
  await expect(run(file)).rejects.toThrow(
    new RegExp(
      [
        `broken.yaml:6:5: tests\\[0\\].evnt: unknown option \\(did you mean event\\?\\)`,
        `broken.yaml:7:20: tests\\[0\\].expect.soc: expected one of .*delivered`,
        `broken.yaml:10:13: tests\\[1\\].expect: is empty: name a sink and what it gets`,
        `broken.yaml:13:51: tests\\[2\\].expect.soc.contains: goes with outcome: delivered, else`,
        `broken.yaml:13:76: tests\\[2\\].expect.bot.rule: goes with outcome: filtered, else`,
      ].join('[^]*'),
    ),
  )
})

test('an empty file is told what it needs', async () => {
  await expect(run(write('empty.yaml', ''))).rejects.toThrow(
    'empty.yaml:1:1: the file is empty: it needs tests',
  )
})

test('what shows only against the configuration has its place too', async () => {
  const file = write(
    'unknown.yaml',
    `${HEAD}
  - { name: a, event: { event: user-login }, expect: { sco: delivered } }
  - { name: b, event: { timestamp: soon, event: user-login }, expect: { soc: delivered } }
  - { name: c, event_file: ./none.json, expect: { soc: delivered } }
  - { name: d, expect: { soc: delivered } }
  - { name: e, source: acme, event: { event: user-login }, expect: { soc: delivered } }
`,
  )
  const thrown = await run(file).catch((error: Error) => error)
  expect(String(thrown)).toMatch(
    /5:56: tests\[0\].expect.sco: the configuration has no such sink \(did you mean soc\?\)/,
  )
  expect(String(thrown)).toMatch(/6:\d+: tests\[1\].event: is not a record: timestamp: /)
  expect(String(thrown)).toMatch(/7:\d+: tests\[2\].event_file: no such file/)
  expect(String(thrown)).toMatch(/8:\d+: tests\[3\].name: a test needs either event or event_file/)
  expect(String(thrown)).toMatch(/9:\d+: tests\[4\].source: the configuration has no such source/)
})

test.each([
  ['none.yaml', undefined, 'none.yaml: no such file'],
  ['list.yaml', '- 1', 'list.yaml:1:1: '],
  [
    'config.yaml',
    'config: ./gone.yaml\ntests: [{ name: a, event: {}, expect: { a: delivered } }]',
    'gone.yaml: no such file',
  ],
  [
    'env.yaml',
    'config: ./auditferry.yaml\ntests: [{ name: a, event: {}, expect: { a: delivered } }]',
    'TOKEN is not set',
  ],
])('%s is refused in a sentence', async (name, text, message) => {
  const file = text === undefined ? join(folder, name) : write(name, text)
  await expect(run(file)).rejects.toThrow(message)
})

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function run(...args: string[]): Promise<string> {
  return createHarness(register).run('test', ...args)
}
