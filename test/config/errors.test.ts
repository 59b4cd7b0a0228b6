/** Each kind of error: its exact place, and that all errors of a file are reported at once. */
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfigText, loadText } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { registry } from './registry.ts'

const SOURCES = 'sources: { a: { type: journal, organization: acme, access_token: t } }\n'
const SINKS = 'sinks: { b: { type: box } }\n'

function errorsOf(text: string, env: Record<string, string> = {}): string[] {
  const result = loadText(text, 'c.yaml', env, registry)
  return result.ok ? [] : result.errors.map(formatProblem)
}

/** A source and a sink, each with these option lines. */
function configOf(options: { source?: string; sink?: string; rest?: string }): string {
  const lines = (text = '') => text.split('\n').map((line) => (line === '' ? '' : `    ${line}\n`))
  const source = ['sources:\n  a:\n    type: journal\n    organization: acme\n', ...lines(options.source)]
  return [...source, 'sinks:\n  b:\n    type: box\n', ...lines(options.sink), options.rest ?? ''].join('')
}

const sourceCase = (source: string) => configOf({ source: `access_token: t\n${source}` })
const sinkCase = (sink: string) => configOf({ source: 'access_token: t', sink })
const restCase = (rest: string) => SOURCES + SINKS + rest

test('the configurations that the cases start from are good', () => {
  expect(errorsOf(sourceCase(''))).toEqual([])
  expect(errorsOf(sinkCase(''))).toEqual([])
  expect(errorsOf(restCase(''))).toEqual([])
})

describe('of two sinks that write to the same place', () => {
  const two = (second: string) =>
    errorsOf(`${SOURCES}sinks:\n  a: { type: box, path: ./out }\n  b: { type: box, path: ${second} }\n`)

  test('the second is refused', () => {
    expect(two('out/../out')).toEqual([
      'c.yaml:4:25: sinks.b.path: sink a writes there already, and two would tear the lines of each other; give each its own',
    ])
  })

  test.each(['./other', './out, enabled: false'])('%s is good', (second) => {
    expect(two(second)).toEqual([])
  })
})

test.each([
  [restCase('state: { path: "s3://bucket/state" }'), 'c.yaml:3:16: state.path'],
  [sinkCase('path: gs://bucket/key'), 'c.yaml:9:11: sinks.b.path'],
  [sourceCase('tls: { ca_file: "file:///etc/ca.pem" }'), 'c.yaml:6:21: sources.a.tls.ca_file'],
  [
    sinkCase('enrich: { geoip: { city: "https://x.example/c.mmdb" } }'),
    'c.yaml:9:30: sinks.b.enrich.geoip.city',
  ],
])('an address is no path: %j', (text, place) => {
  const fault = 'expected a path on this machine, such as /srv/audit, and not an address with "://"'
  expect(errorsOf(text)).toEqual([`${place}: ${fault}`])
})

const QUOTED =
  'not valid YAML: a value that holds ": " must be quoted, unless the next line is indented too far'

describe('of the file', () => {
  test.each([
    ['', 'c.yaml:1:1: the file is empty: it needs sources and sinks'],
    ['# only a comment', 'c.yaml:1:1: the file is empty: it needs sources and sinks'],
    ['- a', 'c.yaml:1:1: expected a map with sources and sinks'],
    ['text', 'c.yaml:1:1: expected a map with sources and sinks'],
    ['sources:\n\ta: 1', 'c.yaml:2:1: not valid YAML: indent with blanks, not with tabs'],
    ['a: b: c', `c.yaml:1:4: ${QUOTED}`],
    ['a: b\n  c: d', `c.yaml:1:4: ${QUOTED}`],
    ['a: @b', 'c.yaml:1:4: not valid YAML: a value that begins with this character must be quoted'],
    ['a: [1', 'c.yaml:1:6: not valid YAML: wrong indentation, or a bracket that is not closed'],
    ['a: "b', 'c.yaml:1:6: not valid YAML: a closing quote, a comma or a blank is missing'],
    ['a: 1\n---\nb: 1', 'c.yaml:2:1: not valid YAML: only one document may be in the file'],
    [
      'a: "s" hunter2',
      'c.yaml:1:8: not valid YAML: unexpected text here; check quotes, brackets and indentation',
    ],
    ['a: !!binary x', 'c.yaml:1:4: unknown YAML tag or directive'],
  ])('%#: %j', (text, expected) => {
    expect(errorsOf(text)[0]).toBe(expected)
  })

  test('a list of aliases of lists of aliases is bounded', () => {
    const rows = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`)
    expect(errorsOf(`a0: &a0 [x]\n${rows.join('\n')}\n`)).toContainEqual(
      expect.stringMatching(/^c\.yaml:\d+:\d+: too large or too deeply nested for a configuration$/),
    )
  })

  test.each(['[', '{a: ', '- ', '? '])('deep nesting with %j is refused', (text) => {
    expect(errorsOf(text.repeat(5000))[0]).toMatch(/too deeply nested for a configuration$|not valid YAML/)
  })
})

describe('of the top', () => {
  test.each([
    [SINKS, 'c.yaml:1:1: sources: is required: at least one source under an id of your choice'],
    [SOURCES, 'c.yaml:1:1: sinks: is required: at least one sink under an id of your choice'],
    [`${SOURCES}sinks:\n`, 'c.yaml:2:1: sinks: is required: at least one sink under an id of your choice'],
    [`${SOURCES}sinks: [1]\n`, 'c.yaml:2:8: sinks: expected a map of components by id'],
    [`${SOURCES}sinks: { b: { type: box, enabled: false } }\n`, 'c.yaml:2:1: sinks: no sink is enabled'],
    [restCase('sink: 1\n'), 'c.yaml:3:1: sink: unknown option (did you mean sinks?)'],
    [restCase(SINKS), 'c.yaml:3:1: sinks: this key is there twice'],
    [restCase('[a]: 1\n'), 'c.yaml:3:1: a key must be plain text'],
    [
      restCase('shutdown_timeout: 30\n'),
      'c.yaml:3:19: shutdown_timeout: expected a duration such as 30s, 5m, 24h or 7d',
    ],
    [restCase('log: 1\n'), 'c.yaml:3:6: log: expected a map of options'],
  ])('%#: %j', (text, expected) => {
    expect(errorsOf(text)).toEqual([expected])
  })
})

describe('of a component', () => {
  test.each(['tpye', 'Type', 'typ', 'kind'])('whose type is called %s', (key) => {
    const errors = errorsOf(`sources: { a: { ${key}: feed, access_token: x, organization: o } }\n${SINKS}`)
    const meant = key === 'kind' ? [] : [`c.yaml:1:17: sources.a.${key}: unknown option (did you mean type?)`]
    expect(errors).toEqual([
      expect.stringMatching(/^c.yaml:1:12: sources.a.type: is required: one of /),
      ...meant,
    ])
  })

  test.each([
    [configOf({}), 'c.yaml:2:3: sources.a.access_token: is required: Token.'],
    [configOf({ source: 'access_token:' }), 'c.yaml:5:5: sources.a.access_token: is required: Token.'],
    [configOf({ source: 'access_token: ""' }), 'c.yaml:5:19: sources.a.access_token: is empty'],
    [
      sourceCase('organisation: x'),
      'c.yaml:6:5: sources.a.organisation: unknown option (did you mean organization?)',
    ],
    [sourceCase('pollEvery:'), 'c.yaml:6:5: sources.a.pollEvery: unknown option (did you mean poll_every?)'],
    [
      sourceCase('pollEvery: 5m'),
      'c.yaml:6:5: sources.a.pollEvery: unknown option (did you mean poll_every?)',
    ],
    [sourceCase('org: acme'), 'c.yaml:6:5: sources.a.org: unknown option (did you mean organization?)'],
    [sourceCase('token: t'), 'c.yaml:6:5: sources.a.token: unknown option (did you mean access_token?)'],
    [
      sourceCase('requests: 1'),
      'c.yaml:6:5: sources.a.requests: unknown option (did you mean requests_per_minute?)',
    ],
    [sinkCase('leef: { version: 3 }'), 'c.yaml:9:22: sinks.b.leef.version: expected 1.0 or 2.0'],
    [sinkCase('batch: { max: 5 }'), 'c.yaml:9:14: sinks.b.batch.max: unknown option'],
    [sourceCase('zzzzzzzz: 1'), 'c.yaml:6:5: sources.a.zzzzzzzz: unknown option'],
    [sinkCase('tokne: x'), 'c.yaml:9:5: sinks.b.tokne: unknown option (did you mean token?)'],
    [
      sinkCase('ocsf: { version: 1.3 }'),
      'c.yaml:9:22: sinks.b.ocsf.version: expected one of 1.9.0, 1.8.0, 1.3.0 (did you mean 1.3.0?)',
    ],
    [sourceCase('mode: v3'), 'c.yaml:6:11: sources.a.mode: expected one of auto, v1, v2 (did you mean v1?)'],
    [sourceCase('mode: 3'), 'c.yaml:6:11: sources.a.mode: expected one of auto, v1, v2'],
    [sourceCase('organization: b'), 'c.yaml:6:5: sources.a.organization: this key is there twice'],
    [sourceCase('user_filter: 12'), 'c.yaml:6:18: sources.a.user_filter: expected text (put it in quotes)'],
    [
      sourceCase('api_url: acme'),
      'c.yaml:6:14: sources.a.api_url: expected an absolute URL that starts with https:// (or http://)',
    ],
    [sourceCase('poll_every: 0.5s'), 'c.yaml:6:17: sources.a.poll_every: must be at least 1s'],
    [sourceCase('poll_every: 30d'), 'c.yaml:6:17: sources.a.poll_every: must be at most 24d'],
    [
      sourceCase('requests_per_minute: 6001'),
      'c.yaml:6:26: sources.a.requests_per_minute: must be at most 6000',
    ],
    [
      sourceCase('requests_per_minute: lots'),
      'c.yaml:6:26: sources.a.requests_per_minute: expected a whole number',
    ],
    [
      sourceCase('retrospect: [1h, soon]'),
      'c.yaml:6:22: sources.a.retrospect[1]: expected a duration such as 30s, 5m, 24h or 7d',
    ],
    [
      sourceCase('start: 2026-02-30T00:00:00Z'),
      'c.yaml:6:12: sources.a.start: expected now, beginning, a duration such as 24h, or a time such as 2026-01-01T00:00:00Z',
    ],
    [
      sourceCase('start: 20000d'),
      'c.yaml:6:12: sources.a.start: must be at most 18000d; `beginning` takes all',
    ],
    [sourceCase('tls: { ca_file: /nowhere/ca.pem }'), 'c.yaml:6:21: sources.a.tls.ca_file: no such file'],
    [
      sourceCase('tls: { ca_file: nowhere/ca.pem }'),
      `c.yaml:6:21: sources.a.tls.ca_file: no such file (${resolve('nowhere/ca.pem')})`,
    ],
    [
      sourceCase('tls:\n  cert_file: /dev/null'),
      'c.yaml:7:7: sources.a.tls: cert_file and key_file go together',
    ],
    [
      sourceCase('tls: { insecure_skip_verify: maybe }'),
      'c.yaml:6:34: sources.a.tls.insecure_skip_verify: expected true or false',
    ],
    [
      sourceCase('proxy: nonsense'),
      'c.yaml:6:12: sources.a.proxy: expected the URL of a proxy that starts with http:// or https://',
    ],
    [
      sourceCase('proxy: "http://user:p%ss@proxy.example:3128"'),
      'c.yaml:6:12: sources.a.proxy: user or password holds a % that begins no code such as %40: write %25 for it',
    ],
    [
      // Read as host `user`, port 12.
      sourceCase('proxy: "http://user:12/34@proxy.example:3128"'),
      'c.yaml:6:12: sources.a.proxy: expected nothing behind host and port; in a password write %2F for /, %5C for \\, %3F for ? and %23 for #',
    ],
    ...['/', '\\', '?', '#'].map((sign): [string, string] => [
      sourceCase(`proxy: 'http://user:a${sign}b@proxy.example:3128'`),
      'c.yaml:6:12: sources.a.proxy: expected nothing behind host and port; in a password write %2F for /, %5C for \\, %3F for ? and %23 for #',
    ]),
    [
      `${SOURCES}sinks: { b: { type: bocks, format: native } }\n`,
      'c.yaml:2:21: sinks.b.type: unknown type of sink; there is box, and npm:NAME for one of a package',
    ],
    [
      `sources: { a: { type: jurnal } }\n${SINKS}`,
      'c.yaml:1:23: sources.a.type: unknown type of source; there is journal (did you mean journal?)',
    ],
    [
      `sources: { a: { organization: x } }\n${SINKS}`,
      'c.yaml:1:12: sources.a.type: is required: one of journal',
    ],
    [`sources: { a: 1 }\n${SINKS}`, 'c.yaml:1:15: sources.a: expected a map of options with a type'],
    [
      `${SOURCES}sinks: { b c: { type: box } }\n`,
      'c.yaml:2:10: sinks.b…: an id is made of 1 to 64 letters, digits, - and _',
    ],
    [
      `${SOURCES}sinks: { __proto__: { type: box } }\n`,
      'c.yaml:2:10: sinks.__proto__: this id is reserved; choose another',
    ],
    [sinkCase('sources: [A]'), 'c.yaml:9:15: sinks.b.sources[0]: there is no such source (did you mean a?)'],
    [sinkCase('sources: []'), 'c.yaml:9:14: sinks.b.sources: is empty'],
    [sinkCase('format: pulumi_csv'), 'c.yaml:9:13: sinks.b.format: expected one of native, csv'],
    [sinkCase('format: cxv'), 'c.yaml:9:13: sinks.b.format: expected one of native, csv (did you mean csv?)'],
    [
      sinkCase('enrich: { geo_ip: true }'),
      'c.yaml:9:15: sinks.b.enrich.geo_ip: unknown option (did you mean geoip?)',
    ],
    [
      sinkCase('enrich: { fields: { my-env: prod } }'),
      expect.stringMatching(/^c\.yaml:9:\d+: sinks\.b\.enrich\.fields/),
    ],
    [
      sinkCase('enrich: { fields: { env: [prod] } }'),
      'c.yaml:9:30: sinks.b.enrich.fields.env: expected a text, a number, true or false',
    ],
    [
      sinkCase('enrich: { geoip: { city: ./none.mmdb } }'),
      'c.yaml:9:30: sinks.b.enrich.geoip.city: cannot be read (ENOENT): put GeoLite2-City.mmdb there, or mend the path',
    ],
    [
      sinkCase('enrich:\n  geoip:\n    asn: package.json'),
      'c.yaml:11:14: sinks.b.enrich.geoip.asn: is not a whole MMDB file: download GeoLite2-ASN.mmdb again',
    ],
    [
      sinkCase("sample: [{ where: 'action = 1', keep: 1, of: 10 }]"),
      expect.stringMatching(
        /^c\.yaml:9:23: sinks\.b\.sample\[0\]\.where: not a valid CEL expression: .*, at line 1, column 8 of/,
      ),
    ],
    [
      sinkCase("sample: [{ where: 'true', keep: 10, of: 10 }]"),
      'c.yaml:9:37: sinks.b.sample[0].keep: must be less than `of`, or nothing is left out',
    ],
    [sinkCase('dedupe_window: 10'), expect.stringContaining('sinks.b.dedupe_window: expected a duration')],
    [sinkCase('dedupe_window: 8d'), 'c.yaml:9:20: sinks.b.dedupe_window: must be at most 7d'],
    [
      sinkCase('redact: [{ field: sourceIp, with: mask, prefix: { v4: 33 } }]'),
      'c.yaml:9:59: sinks.b.redact[0].prefix.v4: must be at most 32',
    ],
    [
      sinkCase('redact: [{ field: actor.login, with: mask, prefix: {} }]'),
      'c.yaml:9:23: sinks.b.redact[0].field: "prefix" goes with "mask" of an address: of sourceIp or raw.<path>, not of this field',
    ],
    [
      sinkCase('redact: [{ field: token, with: drop }, { field: actor.login, with: drop }]\nformat: csv'),
      undefined,
    ],
    [sinkCase('batch: { max_age: 0s }'), 'c.yaml:9:23: sinks.b.batch.max_age: must be at least 1s'],
    [
      sinkCase('batch: { max_event: 5 }'),
      'c.yaml:9:14: sinks.b.batch.max_event: unknown option (did you mean max_events?)',
    ],
    [
      sinkCase('retry: { give_up_after: soon }'),
      'c.yaml:9:29: sinks.b.retry.give_up_after: expected never, or a duration of at least 1s such as 24h',
    ],
    [
      sinkCase('redact: [{ field: actor.email }]'),
      'c.yaml:9:14: sinks.b.redact[0].with: is required: What becomes of it: drop, mask, hash or truncate.',
    ],
    [
      sinkCase('where: severity >'),
      expect.stringMatching(/^c\.yaml:9:12: sinks\.b\.where: not a valid CEL expression: /),
    ],
    [
      sinkCase('redact: [{ field: actor.emial, with: drop }]'),
      expect.stringMatching(/^c\.yaml:9:23: sinks\.b\.redact\[0\]\.field: this field can't be redacted/),
    ],
    [sinkCase('keys: 3'), 'c.yaml:9:11: sinks.b.keys: expected a secret text (put it in quotes), or a list'],
    [sinkCase('keys: [a, 3]'), 'c.yaml:9:15: sinks.b.keys[1]: expected a secret text (put it in quotes)'],
    [
      sinkCase('auth: { type: bearr }'),
      'c.yaml:9:19: sinks.b.auth.type: expected one of bearer, basic (did you mean bearer?)',
    ],
    [sinkCase('auth: { token: x }'), 'c.yaml:9:5: sinks.b.auth.type: is required: one of bearer, basic'],
    [sinkCase('auth: { type: bearer, tocken: x }'), 'c.yaml:9:5: sinks.b.auth.token: is required: T.'],
    [sinkCase('<<: 1'), 'c.yaml:9:9: sinks.b: << expects a map or an alias of one'],
    [
      sinkCase('shards: *nowhere'),
      'c.yaml:9:13: sinks.b.shards: unknown YAML alias: its anchor must stand before it',
    ],
  ])('%#: %j', (text, expected) => {
    expect(errorsOf(text)[0]).toEqual(expected)
  })

  test('a value of the wrong type is told once', () => {
    expect(errorsOf(sinkCase('path: []'))).toEqual(['c.yaml:9:11: sinks.b.path: expected a path'])
  })
})

describe('of state, server and log', () => {
  test.each([
    ['state: { type: redis }', 'c.yaml:3:1: state.url: is required by type: redis, or sentinel, or cluster'],
    ['state: { type: sqlite }', 'c.yaml:3:16: state.type: expected one of embedded, redis'],
    [
      'state: { encryption_key: aGk= }',
      'c.yaml:3:26: state.encryption_key: expected base64 of 32 bytes, as `openssl rand -base64 32` makes it',
    ],
    [
      'state: { type: redis, sentinel: { nodes: ["a:1"] } }',
      'c.yaml:3:33: state.sentinel: name and nodes go together',
    ],
    [
      'state: { url: "redis://r:6379" }',
      'c.yaml:3:15: state.url: belongs to type: redis; leave it out, or set that type',
    ],
    [
      'state: { lease: 10s }',
      'c.yaml:3:17: state.lease: belongs to type: redis; leave it out, or set that type',
    ],
    [
      'state: { type: redis, url: "http://r" }',
      'c.yaml:3:28: state.url: expected redis://host:port or rediss://host:port',
    ],
    [
      'state: { type: redis, url: "redis://:a/b#c@r" }',
      'c.yaml:3:28: state.url: expected redis://host:port or rediss://host:port; a password with one of % / ? # is best set as `state.password`',
    ],
    [
      'state: { type: redis, url: "redis://:a%b@r" }',
      'c.yaml:3:28: state.url: has a % that begins no escape in its user or password; a password with one of % / ? # is best set as `state.password`',
    ],
    [
      'state: { type: redis, url: "redis://r/audit" }',
      'c.yaml:3:28: state.url: expected a number, the database, after the host: redis://host:port/0',
    ],
    [
      'state: { type: redis, url: "redis://r/0?protocol=3" }',
      'c.yaml:3:28: state.url: expected a number, the database, after the host: redis://host:port/0',
    ],
    [
      'state: { type: redis, url: "redis://r", cluster: [a] }',
      'c.yaml:3:51: state.cluster[0]: expected host:port, such as redis-1.example:6379',
    ],
    ['state: { type: redis, url: "redis://r", lease: 1s }', 'c.yaml:3:48: state.lease: must be at least 3s'],
    ['state: { mirror: "s3://bucket" }', 'c.yaml:3:18: state.mirror: expected a path, or s3://bucket/key'],
    [
      'state: { mirror: "gs://bucket/key" }',
      'c.yaml:3:18: state.mirror: expected a path, or s3://bucket/key',
    ],
    [
      'state: { mirror: ./data/auditferry.db }',
      'c.yaml:3:18: state.mirror: is a file of the state itself: name another, best on another disk',
    ],
    [
      'state: { mirror: /tmp }',
      'c.yaml:3:18: state.mirror: is a folder: name a file in it, such as mirror.json',
    ],
    [
      'state: { path: ./x, mirror: ./x/ }',
      'c.yaml:3:29: state.mirror: is a folder: name a file in it, such as mirror.json',
    ],
    ['state: { max_spool: 1KiB }', 'c.yaml:3:21: state.max_spool: must be at least 64KiB'],
    ['server: { listen: 8484 }', 'c.yaml:3:19: server.listen: expected text (put it in quotes)'],
    [
      'server: { listen: "::1:8484" }',
      'c.yaml:3:19: server.listen: expected host:port, such as 127.0.0.1:8484',
    ],
    [
      'server: { listen: "localhost:70000" }',
      'c.yaml:3:19: server.listen: expected host:port, such as 127.0.0.1:8484',
    ],
    [
      'server: { listen: "0.0.0.0:1" }',
      'c.yaml:3:19: server.listen: listening beyond this machine needs server.admin_token, server.users or server.oidc',
    ],
    [
      `server: { listen: "0.0.0.0:1", admin_token: "\${T:-}" }`,
      'c.yaml:3:19: server.listen: listening beyond this machine needs server.admin_token, server.users or server.oidc',
    ],
    ['log: { level: warning }', 'c.yaml:3:15: log.level: expected one of error, warn, info, debug'],
    [
      'log: { splunk: { endpoint: "https://s.example" } }',
      'c.yaml:3:16: log.splunk: endpoint and token go together',
    ],
  ])('%j', (rest, expected) => {
    expect(errorsOf(restCase(rest))).toEqual([expected])
  })

  test('a file that is changed to redis may keep its path', () => {
    expect(errorsOf(restCase('state: { type: redis, url: "redis://r", path: ./x }'))).toEqual([])
  })

  test('options of redis may be there, empty or with their default values', () => {
    const empty = 'url: "", mirror: , sentinel: {}, cluster: [], encryption_key: ""'
    expect(errorsOf(restCase(`state: { ${empty}, lease: 30s, tls: { ca_file: "" } }`))).toEqual([])
  })
})

describe('of placeholders', () => {
  test.each([
    [`\${NO}`, 'environment variable NO is not set'],
    [`\${constructor}`, 'environment variable constructor is not set'],
    [`\${NO:?ask: the SOC}`, 'environment variable NO: ask: the SOC'],
    [`\${EMPTY:?}`, 'environment variable EMPTY is empty'],
    [`\${no closing`, `\${ is not closed by }; write $$ for a literal dollar`],
    [
      `\${a b}`,
      `expected \${NAME}, \${NAME:-default}, \${NAME:?message} or \${file:/path}; write $$ for a literal dollar`,
    ],
    [`"\${A:-\${B}}"`, `the default of A can't hold another \${…}`],
    [`\${file:/nowhere/x}`, 'secret file /nowhere/x: no such file'],
    [`\${file:/tmp}`, 'secret file /tmp: is not a file'],
  ])('%s', (text, expected) => {
    expect(errorsOf(configOf({ source: `access_token: ${text}` }), { EMPTY: '' })).toEqual([
      `c.yaml:5:19: sources.a.access_token: ${expected}`,
    ])
  })
})

test('a misspelt option is named, also if its variable is not set', () => {
  expect(errorsOf(sinkCase(`kees: \${NO}`))).toEqual([
    'c.yaml:9:5: sinks.b.kees: unknown option (did you mean keys?)',
    'c.yaml:9:11: sinks.b.kees: environment variable NO is not set',
  ])
})

test('errors that follow from a missing variable are not reported too', () => {
  const sink = `redact: [{ field: actor.email, with: hash, key: "\${NO}" }]\nkeys: ["\${NO}", x]\nshards: \${NO}`
  const rest = `server: { listen: "0.0.0.0:1", admin_token: "\${NO}" }\nlog: { level: "\${NO}" }\nstate: \${NO}\n`
  const errors = errorsOf(configOf({ source: `access_token: \${NO}\ntls: \${NO}`, sink, rest }))
  expect(errors).toHaveLength(8)
  for (const error of errors) expect(error).toMatch(/: environment variable NO is not set$/)
})

test('all errors of a file come at once, in the order of the file', () => {
  const text = `sources:
  acme: { type: journal, organization: acme, access_token: \${TOKEN}, overlap: x }
sinks:
  soc: { type: bix }
  local: { type: box, shards: 9, shard: 1, sources: [acne] }
server: { listen: 1 }
nonsense: true
`
  expect(errorsOf(text).map((line) => line.split(': ', 2).join(': '))).toEqual([
    'c.yaml:2:60: sources.acme.access_token',
    'c.yaml:2:79: sources.acme.overlap',
    'c.yaml:4:16: sinks.soc.type',
    'c.yaml:5:31: sinks.local.shards',
    'c.yaml:5:34: sinks.local.shard',
    'c.yaml:5:54: sinks.local.sources[0]',
    'c.yaml:6:19: server.listen',
    'c.yaml:7:1: nonsense',
  ])
})

test('a redaction may not remove what the format is made of', async () => {
  const of = async (redaction: string) => {
    const sinks = `sinks: { b: { type: file, path: ./x, format: raw, redact: [${redaction}] } }\n`
    const sources = 'sources: { a: { type: pulumi, organization: acme, access_token: t } }\n'
    const result = await loadConfigText(sources + sinks, 'c.yaml', {})
    return result.ok ? [] : result.errors.map(formatProblem)
  }
  expect(await of('{ field: raw, with: drop }')).toEqual([
    'c.yaml:2:69: sinks.b.redact[0].field: the format raw can’t do without raw: mask, hash or truncate it where that is possible, or choose another format',
  ])
  expect(await of('{ field: raw.user, with: drop }')).toEqual([])
})

test('a text that is too short is not called empty', async () => {
  const result = await loadConfigText(
    `${SOURCES}sinks: { b: { type: s3, bucket: b, role_arn: "arn:aws:iam::111122223333:role/r", external_id: x } }\n`,
    'c.yaml',
    {},
  )
  expect(result.ok ? [] : result.errors.map(({ path, message }) => [path, message])).toContainEqual([
    'sinks.b.external_id',
    'must be at least 2 characters long',
  ])
})

test('an unknown type: lists all that exist, and the nearest, although none was loaded', async () => {
  const result = await loadConfigText(
    'sources: { a: { type: pulmi } }\nsinks: { b: { type: fil } }\n',
    'c.yaml',
    {},
  )
  expect(result.ok ? [] : result.errors.filter(({ path }) => path.endsWith('.type'))).toMatchObject([
    { message: 'unknown type of source; there are auditferry, pulumi', suggestion: 'pulumi' },
    {
      message: expect.stringMatching(/there are archive, .*, webhook, and npm:NAME for one of a package$/),
      suggestion: 'file',
    },
  ])
})

describe('one error does not hide another:', () => {
  test('a wrong `with`, an unknown field', () => {
    expect(errorsOf(sinkCase('redact: [{ field: actor.emial, with: drp }]'))).toEqual([
      expect.stringMatching(/^c\.yaml:9:23: sinks\.b\.redact\[0\]\.field: this field can't be redacted/),
      expect.stringMatching(
        /^c\.yaml:9:42: sinks\.b\.redact\[0\]\.with: expected one of .*did you mean drop/,
      ),
    ])
  })

  test('a misspelt admin_token, an address that needs one', () => {
    expect(errorsOf(restCase('server: { listen: "0.0.0.0:1", admin_tokn: x }'))).toEqual([
      'c.yaml:3:19: server.listen: listening beyond this machine needs server.admin_token, server.users or server.oidc',
      'c.yaml:3:32: server.admin_tokn: unknown option (did you mean admin_token?)',
    ])
    expect(errorsOf(restCase('server: { listen: "127.0.0.1:1", admin_tokn: x }'))).toHaveLength(1)
    expect(errorsOf(restCase('server: { listen: "0.0.0.0:1", users: 3 }'))).toHaveLength(1)
  })

  test('a repeated key, whatever else is wrong', () => {
    expect(errorsOf(restCase('log: { level: x, level: info }\nserver: { listen: 1 }'))).toHaveLength(3)
  })
})
