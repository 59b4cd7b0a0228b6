/** Sinks from packages: the one in docs/write-a-sink.md, loaded and run, and packages that aren't sinks. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { loadConfigText } from '../../src/config/load.ts'
import type { Batch } from '../../src/connector.ts'
import { messageOf } from '../../src/errors.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { listen } from '../loopback.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const documented = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/write-a-sink.md', 'utf8'))?.[1] ?? ''

function folderWith(name: string, code: string): string {
  const folder = tempFolder()
  const place = join(folder, 'node_modules', name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  writeFileSync(join(place, 'index.js'), code)
  return folder
}

function load(folder: string, sink: string) {
  const source = '{ type: pulumi, organization: acme, access_token: some-token }'
  const text = `sources: { acme: ${source} }\nsinks:\n  ours: ${sink}\n`
  return loadConfigText(text, join(folder, 'auditferry.yaml'), {})
}

async function open(folder: string, options: string, logger = silentLogger) {
  const loaded = await load(folder, `{ type: npm:my-sink${options} }`)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const config = loaded.config.sinks.ours
  if (config === undefined) throw new Error('no sink')
  const format = lineFormat(config.format)
  const { definition, connection } = config
  const parts = { id: 'ours', logger, connection, now: Date.now, version: '0.1.0', format }
  const sink = definition.create(config.options, parts)
  stops.push(() => void sink.close())
  return { definition, sink, batch: batchOf(auditEvents(3), format) }
}

const write = (sink: { write(batch: Batch, signal: AbortSignal): unknown }, batch: Batch) =>
  sink.write(batch, new AbortController().signal)

it('runs the sink that the guide writes', async () => {
  const seen: unknown[] = []
  const server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>)
    seen.push(request.headers['x-key'], JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()))
    response.writeHead(seen.length === 2 ? 200 : 503).end('my-secret-key is known')
  })
  const port = await listen(server)
  stops.push(() => server.close())
  const options = `, endpoint: "http://127.0.0.1:${port}/events", key: my-secret-key`
  const { definition, sink, batch } = await open(folderWith('my-sink', documented), options)
  expect(definition.type).toBe('npm:my-sink')
  expect(await write(sink, batch)).toEqual(batch.events.map(() => ({ kind: 'delivered' })))
  expect(seen).toMatchObject(['my-secret-key', batch.events.map(({ uid }) => ({ uid }))])
  const [outcome] = (await write(sink, batch)) as { kind: string; reason: string }[]
  expect(outcome).toEqual({ kind: 'retry', reason: 'HTTP 503: [secret] is known' })
})

it('reads its options like those of any sink', async () => {
  const folder = folderWith('my-sink', documented)
  const bad = await load(folder, '{ type: npm:my-sink, endpoint: "https://collector.example", keey: x }')
  expect(bad.ok ? [] : bad.errors.map(({ path, suggestion }) => [path, suggestion])).toEqual(
    expect.arrayContaining([['sinks.ours.keey', 'key']]),
  )
})

it.each([
  ['npm:My Sink', 'expected npm: and the name of a package'],
  ['npm:../elsewhere', 'expected npm: and the name of a package'],
  ['npm:not-there', 'is not installed: npm install not-there in '],
])('says what is wrong with %s', async (type, message) => {
  const loaded = await load(tempFolder(), `{ type: "${type}" }`)
  expect(loaded.ok ? [] : loaded.errors).toMatchObject([
    { path: 'sinks.ours.type', line: 3, message: expect.stringContaining(message) },
  ])
})

it.each([
  ['export const other = 1', 'it exports no `definition`'],
  ['export const definition = {}', '`definition.title`'],
  [
    'export const definition = (kit) => ({ ...kit, title: "a", summary: "b", config: kit.z.object({}), formats: ["morse"] })',
    '`definition.formats.0`',
  ],
  [
    'export const definition = { title: "a", summary: "b", config: { safeParse() {}, shape: {} } }',
    '`definition.config`: expected a schema of zod 4',
  ],
  ['export const definition = async () => ({})', 'its `definition` may not be async'],
  [
    'export const definition = async () => { throw new Error("broken") }',
    'its `definition` may not be async',
  ],
  ['throw new Error("broken inside")', "can't be loaded: broken inside"],
  ['export const definition = await {}', 'has an `await` outside of functions: move it into `write`'],
])('refuses a package that is no sink: %s', async (code, message) => {
  const loaded = await load(folderWith('my-sink', code), '{ type: npm:my-sink }')
  expect(loaded.ok ? [] : loaded.errors).toMatchObject([{ message: expect.stringContaining(message) }])
})

it.each([
  [{ exports: { '.': { import: './index.js' } } }, 'name no file under `default`: add one beside `import`'],
  [{ main: './dist/index.js' }, "Cannot find module '"],
  [{}, 'its package.json names no file that is there: check `exports` or `main`'],
])('tells a package of %j from one that is not installed', async (entry, message) => {
  const folder = folderWith('my-sink', documented)
  const place = join(folder, 'node_modules', 'my-sink')
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'my-sink', type: 'module', ...entry }))
  // To Node this looks like a missing `main`.
  rmSync(join(place, 'index.js'))
  const loaded = await load(folder, '{ type: npm:my-sink }')
  const [fault] = loaded.ok ? [] : loaded.errors
  expect(fault?.message).toContain("the package my-sink can't be loaded: ")
  expect(fault?.message).toContain(message)
})

const LIMITS = '({ defaults: { maxEvents: 1, maxBytes: 1, maxAgeMs: 1, inFlight: 1, timeoutMs: 1000 } })'

function packageOf(create: string, limits = LIMITS, more = ''): string {
  return folderWith(
    'my-sink',
    `export const definition = (kit) => kit.defineSink({
      type: 'x', title: 'x', summary: 'x', config: kit.z.strictObject({}), formats: ['native'],
      limits: () => ${limits},
      create: () => ${create},
      ${more}
    })`,
  )
}

it.each([
  ['[]', 'one outcome for each of 3 events'],
  ['undefined', 'one outcome for each of 3 events'],
  ['batch.events.map(() => "delivered")', 'an outcome: '],
  ['batch.events.map(() => ({ kind: "pause" }))', 'an outcome: reason: '],
  ['batch.events.map(() => ({ kind: "retry", reason: "busy", afterMs: NaN }))', 'an outcome: afterMs: '],
])('does not accept %s as outcomes', async (answer, fault) => {
  const folder = packageOf(`({ write: async (batch) => ${answer}, close: async () => {} })`)
  const { sink, batch } = await open(folder, '')
  await expect(write(sink, batch)).rejects.toThrow(`the package my-sink did not answer with ${fault}`)
})

const hanging = '({ write: () => new Promise(() => {}) })'

it.each(["'fine'", '{ ok: true }', '{ ok: 1, detail: "", cure: "" }'])(
  'refuses a check that answers %s',
  async (answer) => {
    const code = documented.replace(/async check\(signal\) \{/, `async check(signal) {\n return ${answer}`)
    const { sink } = await open(
      folderWith('my-sink', code),
      ', endpoint: "http://127.0.0.1:9", key: my-secret-key',
    )
    await expect(sink.check?.(new AbortController().signal)).rejects.toThrow(
      'the package my-sink did not answer `check` with ok, detail and cure',
    )
  },
)

it.each(['undefined', '{ code: 7 }'])(
  'names the package that throws %s, which is no Error',
  async (thrown) => {
    const { sink, batch } = await open(packageOf(`({ write: () => { throw ${thrown} } })`), '')
    const error = new Error(`the package my-sink threw ${thrown}, which is no Error`)
    await expect(write(sink, batch)).rejects.toEqual(error)
  },
)

it.each([
  ['throw new Error("no to " + key)', '{ ok: false, detail: key, cure: key }'],
  ['throw new Error("failed", { cause: new Error("no to " + key) })', '(() => { throw new Error(key) })()'],
  [
    'return events.map(() => ({ kind: "rejected", reason: "no to " + key, answer: key }))',
    '{ ok: true, detail: key, cure: "" }',
  ],
])('keeps its secret out of what it says: %s', async (end, result) => {
  const folder = folderWith(
    'my-sink',
    `export const definition = (kit) => kit.defineSink({
      type: 'x', title: 'x', summary: 'x', formats: ['native'], limits: () => ${LIMITS},
      config: kit.z.strictObject({ auth: kit.z.strictObject({ key: kit.options.secret().describe('Its key.') }) }),
      create({ auth }) {
        const key = auth.key.reveal()
        const refuse = () => { throw new Error('no to ' + key) }
        return {
          async write({ events }) { ${end} }, async check() { return ${result} },
          tend: async () => refuse(), async *readBack() { yield refuse() },
        }
      },
    })`,
  )
  const { sink, batch } = await open(folder, ', auth: { key: my-secret-key }')
  const { signal } = new AbortController()
  const range = { from: 0, to: 60, source: 'acme', organization: 'acme' }
  const settled = await Promise.allSettled([
    write(sink, batch),
    sink.tend?.(signal),
    Array.fromAsync(sink.readBack?.(range, signal) ?? []),
    sink.check?.(signal),
  ])
  const said = settled.map((it) =>
    it.status === 'fulfilled' ? JSON.stringify(it.value) : messageOf(it.reason),
  )
  for (const one of said.slice(0, -1)) expect(one).toContain('no to [secret]')
  expect(said.join()).not.toContain('my-secret-key')
})

it('keeps its secret out of what it logs', async () => {
  const folder = folderWith(
    'my-sink',
    `export const definition = (kit) => ({
      title: 'My sink', summary: 'Tells its secret.', formats: ['native'], limits: () => (${LIMITS}),
      config: kit.z.strictObject({ key: kit.options.secret().describe('Its key.') }),
      create(config, { logger }) {
        const key = config.key.reveal()
        logger.warn('opened with ' + key, { reason: key, events: 3, request: { headers: [key] } })
        logger.child({ with: key }).info('of a child', { error: new Error(key) })
        return { write: async () => [] }
      },
    })`,
  )
  const logged: unknown[] = []
  const log = (...said: unknown[]) => void logged.push(said)
  const child = (fields: object) => ({ ...silentLogger, info: (...said: unknown[]) => log(fields, ...said) })
  await open(folder, ', key: my-secret-key', { ...silentLogger, warn: log, child })
  expect(logged).toEqual([
    ['opened with [secret]', { reason: '[secret]', events: 3, request: "{ headers: [ '[secret]' ] }" }],
    [{ with: '[secret]' }, 'of a child', { error: expect.stringContaining('Error: [secret]') }],
  ])
})

it('warns once of what throws all the time outside of its promises', async () => {
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (_: string, fields?: object) => void warnings.push(fields) }
  const throwing = `{ for (let n = 0; n < 3; n++) setImmediate(() => { throw new Error('no ' + n) })
    return { write: () => {} } }`
  await open(packageOf(`(() => ${throwing})()`), '', logger)
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
  expect(warnings).toEqual([{ reason: 'no 0' }])
})

it('does not wait for a write that ignores its signal', async () => {
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (...said: unknown[]) => void warnings.push(said) }
  const { sink, batch } = await open(packageOf(hanging), '', logger)
  const reason = 'the package my-sink did not settle `write` within 1s after its signal was aborted'
  await expect(sink.write(batch, AbortSignal.timeout(1))).rejects.toThrow(reason)
  expect(warnings).toEqual([[expect.stringContaining('is not waited for any more'), { reason }]])
})

it('ends a write that takes ten times as long as a request may', async () => {
  const write = `(_, signal) => new Promise((_, fail) => {
    signal.onabort = () => fail(signal.reason)
  })`
  const { sink, batch } = await open(packageOf(`({ write: ${write} })`), ', timeout: 0.1s')
  await expect(sink.write(batch, new AbortController().signal)).rejects.toThrow(
    'no answer within 1s (`timeout`)',
  )
})

it.each([
  ['({})', '`limits.defaults`'],
  [LIMITS.replace('inFlight: 1', 'inFlight: 0'), '`limits.defaults.inFlight`'],
  ['{ throw new Error("broken inside") }', 'broken inside'],
])('refuses a package with the limits %s', async (limits, fault) => {
  const loaded = await load(packageOf('({ write: async () => [] })', limits), '{ type: npm:my-sink }')
  const message = expect.stringContaining(`the package my-sink is no sink: ${fault}`)
  expect(loaded.ok ? [] : loaded.errors).toMatchObject([{ line: 3, path: 'sinks.ours.type', message }])
})

it.each([
  ['refuse() { throw new Error("broken inside") }', 'broken inside'],
  ['refuse: () => "no"', '`refuse`'],
  ['needsAlone() { throw new Error("broken inside") }', 'broken inside'],
  ['needsAlone: async () => undefined', '`needsAlone.option`'],
  ['needsAlone: "x"', '`definition.needsAlone`'],
])('refuses a package with %s', async (more, fault) => {
  const loaded = await load(packageOf('({ write: async () => [] })', LIMITS, more), '{ type: npm:my-sink }')
  const message = expect.stringContaining(`the package my-sink is no sink: ${fault}`)
  expect(loaded.ok ? [] : loaded.errors).toMatchObject([{ line: 3, path: 'sinks.ours.type', message }])
})

it.each([
  ['{ throw new Error("broken inside") }', '`create` throws: broken inside'],
  ['undefined', '`create` must return one that has `write`'],
  ['Promise.resolve({ write: async () => [] })', '`create` must return one that has `write`'],
])('says that %s is not a sink', async (create, fault) => {
  await expect(open(packageOf(create), '')).rejects.toThrow(`the package my-sink makes no sink: ${fault}`)
})

it('calls a class as its author intended', async () => {
  const { sink, batch } = await open(
    packageOf(`new (class {
      #written = 0
      async write({ events }) { this.#written += events.length; return events.map(() => ({ kind: 'delivered' })) }
      async check() { return { ok: true, detail: String(this.#written), cure: '' } }
    })()`),
    '',
  )
  await write(sink, batch)
  expect(await sink.check?.(new AbortController().signal)).toMatchObject({ detail: '3' })
})

it.each([
  '({ write: async () => [] })',
  '({ write: async () => [], close() { throw new Error("broken") } })',
])('is not held up at the end by %s', async (create) => {
  const { sink } = await open(packageOf(create), '')
  await expect(sink.close()).resolves.toBeUndefined()
})
