/** How a valid configuration is loaded: units, defaults, placeholders, paths, warnings. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Config, SinkConfig, SourceConfig } from '../../src/config/config.ts'
import { findConfig } from '../../src/config/find.ts'
import { loadConfig, loadText } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import type { SinkDefinition } from '../../src/connector.ts'
import { defaultFormatOptions } from '../../src/formats/options.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createRegistry } from '../../src/registry.ts'
import { registry } from './registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'auditferry-config-'))
const file = join(folder, 'c.yaml')
afterAll(() => rmSync(folder, { recursive: true }))

interface Options {
  source?: string
  sink?: string
  rest?: string
  env?: Record<string, string>
}

function load({ source = '', sink = '', rest = '', env = {} }: Options) {
  const text = `sources: { a: { type: journal, organization: acme, access_token: t, ${source} } }
sinks: { b: { type: box, ${sink} } }
${rest}`
  const result = loadText(text, file, env, registry)
  if (!result.ok) throw new Error(result.errors.map(formatProblem).join('\n'))
  return result
}

function sourceOf(source: string, env?: Record<string, string>): SourceConfig {
  return one(load({ source, ...(env && { env }) }).config.sources)
}

function sinkOf(
  sink: string,
  env?: Record<string, string>,
): SinkConfig & { options: Record<string, unknown> } {
  return one(load({ sink, ...(env && { env }) }).config.sinks) as never
}

function one<T>(components: Readonly<Record<string, T>>): T {
  const [first] = Object.values(components)
  if (first === undefined) throw new Error('no component')
  return first
}

function reveal(value: unknown): string {
  return value instanceof Secret ? value.reveal() : 'not a secret'
}

test('only what is configured has an id, not what every object has', () => {
  const { sources, sinks } = load({}).config
  const id: string = 'constructor'
  expect([sources[id], sinks[id]]).toEqual([undefined, undefined])
})

test('defaults of a source', () => {
  const { definition, options, ...rest } = sourceOf('')
  expect(definition.type).toBe('journal')
  expect(options).toEqual({
    organization: 'acme',
    access_token: expect.any(Secret),
    api_url: 'https://api.example',
    mode: 'auto',
    user_filter: '',
  })
  expect(rest).toEqual({
    id: 'a',
    connection: { timeoutMs: 60_000, tls: { insecureSkipVerify: false } },
    pollEveryMs: 300_000,
    start: { kind: 'ago', ms: 86_400_000 },
    overlapMs: 900_000,
    retrospectMs: [3_600_000, 86_400_000, 604_800_000],
    requestsPerMinute: 30,
  })
})

test('defaults of a sink: those that depend on it come from its limits', () => {
  const { definition, options, ...rest } = sinkOf('')
  expect(definition.type).toBe('box')
  expect(options).toEqual({ headers: {}, shards: 1, strict: true })
  expect(rest).toEqual({
    id: 'b',
    connection: { timeoutMs: 9000, tls: { insecureSkipVerify: false } },
    sources: ['a'],
    redact: [],
    format: 'native',
    formatOptions: { ...defaultFormatOptions, csv: { formula_guard: true } },
    batch: { maxEvents: 50, maxBytes: 1000, maxAgeMs: 2000 },
    inFlight: 3,
    retry: { maxBackoffMs: 300_000 },
    start: 'checkpoint',
    enabled: true,
  })
})

test('what a sink prescribes takes precedence over what is written', () => {
  const box = registry.sinks.get('box') as SinkDefinition
  const strict = createRegistry(
    [...registry.sources.values()],
    [{ ...box, fixedFormatOptions: { ocsf: { version: '1.3.0' } } }],
  )
  const text = `sources: { a: { type: journal, organization: acme, access_token: t } }
sinks: { b: { type: box, ocsf: { version: 1.8.0, raw_data: true } } }`
  const result = loadText(text, file, {}, strict)
  if (!result.ok) throw new Error(result.errors.map(formatProblem).join('\n'))
  expect(one(result.config.sinks).formatOptions.ocsf).toEqual({ version: '1.3.0', raw_data: true })
})

test('state, server, log and shutdown_timeout have defaults', () => {
  const { state, server, log, shutdownTimeoutMs, file: loaded } = load({}).config
  expect({ state, server, log, shutdownTimeoutMs, loaded }).toEqual({
    state: { type: 'embedded', path: join(folder, 'data'), maxSpoolBytes: 2 ** 30 },
    server: { host: '127.0.0.1', port: 8484, console: true, sessionMs: 8 * 3_600_000 },
    log: { level: 'info', format: 'json' },
    shutdownTimeoutMs: 30_000,
    loaded: file,
  })
})

test.each([
  ['now', { kind: 'now' }],
  ['beginning', { kind: 'beginning' }],
  ['36h', { kind: 'ago', ms: 129_600_000 }],
  ['3650d', { kind: 'ago', ms: 315_360_000_000 }],
  ['"2026-01-01T00:00:00Z"', { kind: 'at', second: 1_767_225_600 }],
  ['"2026-01-01T01:00:00.5+01:00"', { kind: 'at', second: 1_767_225_601 }],
  ['"2024-02-29T00:00:00z"', { kind: 'at', second: 1_709_164_800 }],
])('start: %s is read as a place in the log', (text, start) => {
  expect(sourceOf(`start: ${text}`).start).toEqual(start)
})

test.each([
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['"[::1]:8484"', { host: '::1', port: 8484 }],
  ['localhost:1', { host: 'localhost', port: 1 }],
])('listen: %s is read as host and port', (text, address) => {
  expect(load({ rest: `server:\n  listen: ${text}\n` }).config.server).toMatchObject(address)
})

test('a token allows listening on other addresses', () => {
  const { server } = load({ rest: 'server: { listen: "[::]:8484", admin_token: x }' }).config
  expect(server).toMatchObject({ host: '::', port: 8484, adminToken: expect.any(Secret) })
})

test('options without a value and empty optional texts count as left out', () => {
  const bare = 'tls: { ca_file: , cert_file: , key_file: }, proxy: "", timeout:'
  expect(sourceOf(bare)).toEqual(sourceOf(''))
  expect(sinkOf(`token: "\${NO:-}", where: , keys: ""`)).toEqual(sinkOf(''))
  const rest = `log: { splunk: { endpoint: , token: "\${NO:-}" } }\nserver: { admin_token: "\${NO:-}" }\nstate:\n`
  const { log, server } = load({ rest }).config
  expect(log).not.toHaveProperty('splunk')
  expect(server).not.toHaveProperty('adminToken')
})

test('a name without a value in a map is an error, and not left out', () => {
  expect(() => sinkOf('enrich: { fields: { team: , site: "" } }')).toThrow(
    /^\S+:2:\d+: sinks\.b\.enrich\.fields\.team: has no value$/,
  )
})

test('sinks: filter, redaction, give up, batch bounds of the sink', () => {
  const sink = sinkOf(
    'sources: [a, a], where: severity >= 3, format: csv, csv: { formula_guard: false }, retry: { give_up_after: 1d },' +
      'redact: [{ field: actor.email, with: hash, key: k }], batch: { max_events: 70 }, in_flight: 9, timeout: 1.5s',
  )
  expect(sink).toMatchObject({
    sources: ['a'],
    where: 'severity >= 3',
    format: 'csv',
    formatOptions: { csv: { formula_guard: false } },
    retry: { maxBackoffMs: 300_000, giveUpAfterMs: 86_400_000 },
    redact: [{ field: 'actor.email', with: 'hash', key: expect.any(Secret) }],
    batch: { maxEvents: 70, maxBytes: 1000, maxAgeMs: 2000 },
    inFlight: 9,
    connection: { timeoutMs: 1500 },
  })
})

test('sinks: the other rules', () => {
  const sink = sinkOf(
    'enrich: { fields: { env: prod, tier: 1 } }, sample: [{ where: severity == 1, keep: 1, of: 10 }], ' +
      'dedupe_window: 10m, redact: [{ field: actor.login, with: hash, key: [new, old] }, ' +
      '{ field: sourceIp, with: mask, prefix: { v4: 16 } }]',
  )
  expect(sink).toMatchObject({
    enrich: { fields: { env: 'prod', tier: 1 }, geoip: {} },
    sample: [{ where: 'severity == 1', keep: 1, of: 10 }],
    dedupeWindowMs: 600_000,
    redact: [
      { field: 'actor.login', key: expect.any(Secret), olderKeys: [expect.any(Secret)] },
      { field: 'sourceIp', prefix: { v4: 16, v6: 48 } },
    ],
  })
})

describe('placeholders', () => {
  const env = { NAME: 'v', EMPTY: '', FLAG: 'false', COUNT: '7', NESTED: `\${NAME}`, AGE: '90s' }

  test.each([
    [`x-\${NAME}-y`, 'x-v-y'],
    [`\${NAME}\${NAME}`, 'vv'],
    [`\${NO:-a: b, [c] #d}`, 'a: b, [c] #d'],
    [`\${EMPTY:-d}`, 'd'],
    [`\${EMPTY}`, ''],
    [`\${NAME:?never}`, 'v'],
    ['$$', '$'],
    [`$\${NAME}`, `\${NAME}`],
    ['$NAME $ $5', '$NAME $ $5'],
    [`\${NESTED}`, `\${NAME}`],
  ])('%s', (text, expected) => {
    const yaml = `sources:
  a:
    type: journal
    organization: x
    access_token: t
    user_filter: ${text}
sinks: { b: { type: box } }`
    const result = loadText(yaml, file, env, registry)
    expect(result.ok && one(result.config.sources).options).toMatchObject({ user_filter: expected })
  })

  test('in quotes, lists, flow maps, and in options that are not text', () => {
    const sink = sinkOf(
      `shards: \${COUNT}, strict: \${FLAG}, keys: ['\${NAME}', "\${NAME}\${NAME}"], token: \${NAME}`,
      env,
    )
    expect(sink.options).toMatchObject({ shards: 7, strict: false })
    expect((sink.options.keys as unknown[]).map(reveal)).toEqual(['v', 'vv'])
    expect(reveal(sink.options.token)).toBe('v')
    expect(sourceOf(`poll_every: \${AGE}`, env).pollEveryMs).toBe(90_000)
  })

  test('keys and YAML itself are not touched: a value cannot add structure', () => {
    const sink = sinkOf(`token: \${EVIL}`, { EVIL: 'x, shards: 8 }\nserver: 1' })
    expect(sink.options.shards).toBe(1)
    expect(reveal(sink.options.token)).toBe('x, shards: 8 }\nserver: 1')
  })
})

describe('secret files', () => {
  const path = join(folder, 'token')

  test('one line end is cut off, and a changed file takes effect', () => {
    writeFileSync(path, 'first\n\n')
    const { token } = sinkOf(`token: \${file:token}`).options
    expect(reveal(token)).toBe('first\n')
    // As Kubernetes does it: a new file replaces the old one.
    writeFileSync(`${path}.new`, 'second\r\n')
    renameSync(`${path}.new`, path)
    expect(reveal(token)).toBe('second')
  })

  test('while the file is missing or empty, the last text is kept', () => {
    writeFileSync(path, 'kept')
    const { headers } = sinkOf(`headers: { authorization: "Bearer \${file:${path}}" }`).options
    const header = (headers as Record<string, unknown>).authorization
    expect(reveal(header)).toBe('Bearer kept')
    rmSync(path)
    expect(reveal(header)).toBe('Bearer kept')
    writeFileSync(path, '')
    expect(reveal(header)).toBe('Bearer kept')
    writeFileSync(path, 'rotated')
    expect(reveal(header)).toBe('Bearer rotated')
  })

  test('an option that is no secret is read once', () => {
    writeFileSync(path, 'dana\n')
    expect(sourceOf(`user_filter: \${file:${path}}`).options).toMatchObject({ user_filter: 'dana' })
  })
})

test('relative paths resolve against the folder of the file; - stays', () => {
  writeFileSync(join(folder, 'ca.pem'), '')
  expect(sinkOf('path: out/x').options.path).toBe(join(folder, 'out/x'))
  expect(sinkOf('path: /abs/x').options.path).toBe('/abs/x')
  expect(sinkOf('path: "-"').options.path).toBe('-')
  expect(sinkOf('tls: { ca_file: ca.pem }').connection.tls.caFile).toBe(join(folder, 'ca.pem'))
  expect(load({ rest: 'state: { path: ../s }' }).config.state).toMatchObject({ path: join(folder, '../s') })
})

test('anchors, aliases and merge keys', () => {
  const text = `sources: { a: { type: journal, organization: acme, access_token: &t secret } }
sinks:
  one: &base { type: box, shards: 2, token: *t, batch: &batch { max_age: 7s } }
  two: { <<: *base, shards: 3 }
  three: { type: box, <<: [{ shards: 4 }, *base], batch: *batch }
`
  const result = loadText(text, file, {}, registry)
  if (!result.ok) throw new Error(result.errors.map(formatProblem).join('\n'))
  const { one: first, two, three } = result.config.sinks as Config['sinks'] & Record<string, SinkConfig>
  expect([first, two, three].map((it) => it?.options)).toMatchObject([
    { shards: 2 },
    { shards: 3 },
    { shards: 4 },
  ])
  expect([first, two, three].map((it) => it?.batch.maxAgeMs)).toEqual([7000, 7000, 7000])
})

test('a batch is never larger than the sink takes', () => {
  expect(sinkOf('batch: { max_events: 101, max_bytes: 1GiB }').batch).toMatchObject({
    maxEvents: 100,
    maxBytes: 2 ** 30,
  })
})

test('warnings: options of a format that the sink does not have', () => {
  const { warnings } = load({ sink: 'format: csv, ocsf: { version: 1.8.0 }, csv: {}, ecs:' })
  expect(warnings).toEqual([
    {
      ...{ file, line: 2, column: 39, path: 'sinks.b.ocsf' },
      message: 'has no effect: the format is csv; leave it out, or set format: ocsf',
      suggestion: '',
    },
  ])
  expect(load({ sink: 'csv: { formula_guard: true }' }).warnings).toMatchObject([{ path: 'sinks.b.csv' }])
})

test('warnings: an expression over what the sink does not add to its events', () => {
  const adds = 'enrich: { fields: { env: prod } }'
  const sample = `sample: [{ where: 'has(enrichment.as.number)', keep: 1, of: 2 }]`
  expect(load({ sink: `where: 'enrichment.fields.env == "prod"', ${adds}` }).warnings).toEqual([])
  expect(
    load({ sink: `where: 'enrichment.fields.evn == "prod"', ${adds}, ${sample}` }).warnings,
  ).toMatchObject([
    {
      path: 'sinks.b.where',
      message: 'reads enrichment.fields.evn, which `enrich` of this sink does not add',
    },
    {
      path: 'sinks.b.sample[0].where',
      message: 'reads enrichment.as, which `enrich` of this sink does not add',
    },
  ])
})

test('warnings: a number that is not what was written', () => {
  const adds = (account: string) => `enrich: { fields: { account: ${account}, tier: 1, load: -1.50 } }`
  for (const account of ['012345678901', '9007199254740993']) {
    expect(load({ sink: adds(account) }).warnings).toMatchObject([
      { path: 'sinks.b.enrich.fields.account', message: expect.stringContaining('put it in quotes') },
    ])
    expect(load({ sink: adds(`"${account}"`) }).warnings).toEqual([])
  }
  expect(load({ sink: adds('+210987654321') }).warnings).toEqual([])
})

test('warnings: a variable that is set but empty, where an empty one was not allowed', () => {
  const rest = `state: { encryption_key: "\${EMPTY}", mirror: "\${EMPTY:-}" }`
  expect(load({ rest, env: { EMPTY: '' } }).warnings).toEqual([
    {
      ...{ file, line: 3, column: 26, path: 'state.encryption_key' },
      message: `is empty, which is the same as unset; write \${EMPTY:?} to refuse that, \${EMPTY:-} where it may be`,
      suggestion: '',
    },
  ])
  // A variable that isn't set is an error, reported once.
  expect(loadText(rest, file, {}, registry)).toMatchObject({ ok: false, warnings: [] })
})

test('warnings: an archive in a file, where workers of several machines may share the state', () => {
  const rest = 'state: { type: redis, url: "redis://127.0.0.1" }'
  expect(load({ sink: 'path: ./a.db', rest }).warnings).toMatchObject([
    {
      line: 2,
      path: 'sinks.b.path',
      message: expect.stringContaining('each machine gets its own, with a part of the events'),
    },
  ])
  expect(load({ rest }).warnings).toEqual([])
  expect(load({ sink: 'path: ./a.db' }).warnings).toEqual([])
})

test('warnings: unencrypted, unverified, lowered; not on loopback', () => {
  const { warnings } = load({
    source: 'api_url: "http://api.example", tls: { insecure_skip_verify: true }',
    sink: 'batch: { max_events: 101 }',
    rest: 'log: { splunk: { endpoint: "http://s.example:8088", token: t, tls: { insecure_skip_verify: true } } }',
  })
  const clear = 'http:// sends credentials and events unencrypted over the network; use https://'
  const unverified = 'the server’s certificate is not checked; prefer tls.ca_file'
  expect(warnings.map(({ line, path, message }) => [line, path, message])).toEqual([
    [1, 'sources.a.api_url', clear],
    [1, 'sources.a.tls.insecure_skip_verify', unverified],
    [2, 'sinks.b.batch.max_events', 'lowered to 100, the most that this sink takes'],
    [3, 'log.splunk.endpoint', clear],
    [3, 'log.splunk.tls.insecure_skip_verify', unverified],
  ])
  for (const host of ['localhost', '127.1.2.3', '[::1]']) {
    expect(load({ source: `api_url: "http://${host}:1"` }).warnings).toEqual([])
  }
})

describe('whatever is found in the file’s place', () => {
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  test.each([
    ['nothing', () => join(folder, 'missing.yaml'), 'no such file'],
    ['a folder', () => folder, 'is a folder, not a file'],
    ['a file as folder', () => join(write('plain', 'x'), 'c.yaml'), 'no such file'],
    ['binary', () => write('binary', Uint8Array.of(0xff, 0xfe, 0, 1)), 'is not a text file in UTF-8'],
    ['NUL', () => write('nul', 'a: \0'), 'is not a text file in UTF-8'],
    ['noncharacters', () => write('nonchar', 'a: \uFDD0'), 'is not a text file in UTF-8'],
    [
      '10 MB',
      () => write('large', 'a: b\n'.repeat(2_000_000)),
      'is larger than 256 KiB, too large for a configuration',
    ],
    ['an endless device', () => '/dev/zero', 'is larger than 256 KiB, too large for a configuration'],
  ])('%s', async (_, make, message) => {
    const path = make()
    const result = await loadConfig(path, {})
    expect(result.ok ? [] : result.errors).toEqual([
      { file: path, line: 0, column: 0, path: '', message, suggestion: '' },
    ])
    expect(result.ok ? [] : result.errors.map(formatProblem)).toEqual([`${path}: ${message}`])
  })
})

test('which file is meant', () => {
  const empty = join(folder, 'nowhere')
  expect(findConfig(undefined, {}, empty)).toBeUndefined()
  writeFileSync(join(folder, 'auditferry.yaml'), '')
  expect(findConfig(undefined, {}, folder)).toBe(join(folder, 'auditferry.yaml'))
  expect(findConfig(undefined, { AUDITFERRY_CONFIG: '' }, folder)).toBe(join(folder, 'auditferry.yaml'))
  expect(findConfig(undefined, { AUDITFERRY_CONFIG: 'env.yaml' }, folder)).toBe('env.yaml')
  expect(findConfig('option.yaml', { AUDITFERRY_CONFIG: 'env.yaml' }, folder)).toBe('option.yaml')
})
