import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type ElasticEmulator, type ElasticOptions, startElasticEmulator } from './cluster.ts'
import { filterPath } from './filter-path.ts'

let emulator: ElasticEmulator | undefined

afterEach(() => emulator?.stop())

async function start(options: ElasticOptions = {}) {
  const it = await startElasticEmulator(options)
  emulator = it
  return async (
    body: string | Buffer,
    { target = '/logs-a-b/_bulk', ...headers }: Record<string, string> = {},
  ) => {
    const all = { 'content-type': 'application/x-ndjson', ...headers }
    const answer = await fetch(it.url + target, { method: 'POST', body, headers: all })
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
}

const document = '{"@timestamp":"2026-11-22T22:00:00Z"}\n'
const pair = (id: string, source = document) => `{"create":{"_id":"${id}"}}\n${source}`

test('creates what is new, in the order of the request, plain and gzip', async () => {
  const post = await start()
  const { body } = await post(gzipSync(pair('a') + pair('b')), { 'content-encoding': 'gzip' })
  expect(body.items.map((it: { create: object }) => it.create)).toMatchObject([
    { status: 201 },
    { status: 201 },
  ])
  expect((await post(pair('a'))).body).toMatchObject({ errors: true, items: [{ create: { status: 409 } }] })
  expect([...(emulator?.documents.keys() ?? [])]).toEqual(['a', 'b'])
})

test.each([
  ['no line end', pair('a').trimEnd(), 400],
  ['no body', '', 400],
  ['an action without a document', '{"create":{}}\n', 400],
  ['an unknown action', `{"upsert":{}}\n${document}`, 400],
  ['no JSON', 'x\ny\n', 400],
])('%s is refused as a whole', async (_, body, status) => {
  const post = await start()
  expect(await post(body)).toMatchObject({ status, body: { status } })
  expect(emulator?.documents.size).toBe(0)
})

test.each([
  ['no time', pair('a', '{}\n'), 400],
  ['a time in words', pair('a', '{"@timestamp":"now"}\n'), 400],
  ['no object', pair('a', '[]\n'), 400],
  ['an overlong id', pair('a'.repeat(513)), 400],
  ['another action than create', `{"index":{}}\n${document}`, 400],
])('%s is refused alone', async (_, bad, status) => {
  const post = await start()
  const { body } = await post(bad + pair('b'))
  expect(body.items).toMatchObject([
    { [/^{"(\w+)/.exec(bad)?.[1] ?? '']: { status } },
    { create: { status: 201 } },
  ])
})

test('media types, parameters, sizes and credentials are looked at', async () => {
  const post = await start({ access: { authorization: 'ApiKey a' }, rules: { maxContentLength: 50 } })
  const authorization = 'ApiKey a'
  expect(await post(pair('a'))).toMatchObject({ status: 401 })
  expect(await post(pair('a'), { authorization: 'ApiKey b' })).toMatchObject({ status: 401 })
  expect(await post(pair('a'), { authorization, 'content-type': 'text/plain' })).toMatchObject({
    status: 406,
  })
  expect(await post(pair('a'), { authorization, target: '/x/_bulk?no=1' })).toMatchObject({ status: 400 })
  expect(await post(pair('a'), { authorization })).toMatchObject({ status: 413, body: '' })
})

test('filter_path keeps what it names', () => {
  const answer = {
    errors: true,
    took: 1,
    items: [{ create: { status: 201, _id: 'a' } }, { create: { _id: 'b' } }],
  }
  expect(filterPath(answer, 'errors,items.*.status')).toEqual({
    errors: true,
    items: [{ create: { status: 201 } }],
  })
})
