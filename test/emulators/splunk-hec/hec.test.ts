import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type HecEmulator, type HecOptions, startHecEmulator } from './hec.ts'

let hec: HecEmulator | undefined
const channel = 'FE0ECFAD-13D5-401B-847D-77833BD77131'
const event = (uid: string, more: object = {}) =>
  JSON.stringify({ event: { uid }, fields: { event_uid: uid }, ...more })

afterEach(() => hec?.stop())

async function start(options: HecOptions = {}) {
  hec = await startHecEmulator({ token: 'secret', ...options })
  const { url } = hec
  const post = async (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/services/collector/event',
  ) => {
    const all = { authorization: 'Splunk secret', ...headers }
    const answer = await fetch(url + path, { method: 'POST', body, headers: all })
    return [answer.status, JSON.parse((await answer.text()) || '{}')]
  }
  const ask = (ids: number[], id = channel) =>
    post(JSON.stringify({ acks: ids }), {}, `/services/collector/ack?channel=${id}`)
  const uids = () => hec?.indexed.map(({ uid }) => uid)
  return { hec, post, ask, uids }
}

test('takes objects one after another, with or without a line end, plain or gzip', async () => {
  const { post, uids } = await start()
  expect(await post(`${event('a')}${event('b')}\n${event('c {"}')}`)).toEqual([
    200,
    { text: 'Success', code: 0 },
  ])
  await post(gzipSync(event('d')), { 'content-encoding': 'gzip' })
  expect(uids()).toEqual(['a', 'b', 'c {"}', 'd'])
})

test.each([
  ['nothing', '', 5, undefined],
  ['broken JSON', '{"event":', 6, 0],
  ['text between', `${event('a')} x ${event('b')}`, 6, 1],
  ['a line of text', `${event('a')}\nx`, 6, 1],
  ['a time in words', `${event('a')}${event('b', { time: 'now' })}`, 6, 1],
  ['no event', `${event('a')}${event('b')}{"time":1}`, 12, 2],
  ['a blank event', `${event('a')}{"event":""}${event('c')}`, 13, 1],
  ['nested fields', `${event('a')}${event('b', { fields: { a: { b: 1 } } })}`, 15, 1],
  ['a foreign index', `${event('a', { index: 'main' })}${event('b', { index: 'x' })}`, 7, 1],
])('%s is refused, what is before it is in', async (_, body, code, number) => {
  const { post, uids } = await start({ indexes: ['main'] })
  const [status, answer] = await post(body)
  expect([status, answer.code, answer['invalid-event-number']]).toEqual([400, code, number])
  expect(uids()).toEqual(['a', 'b'].slice(0, number ?? 0))
  // The same with each object on a line of its own.
  const [, again] = await post(body === '' ? '' : `${body.replaceAll('}{', '}\n{')}\n`)
  expect([again.code, again['invalid-event-number']]).toEqual([code, number])
})

test('lines within an object, empty ones and two objects in one are read as they stand', async () => {
  const { post, uids } = await start()
  expect(
    (await post(`${event('a')}\n\n${event('b')}${event('c')}\n${event('d').replace(',', ',\n')}\n`))[0],
  ).toBe(200)
  expect(uids()).toEqual(['a', 'b', 'c', 'd'])
})

test.each([
  [{ authorization: 'Bearer secret' }, '', 401, 3],
  [{ authorization: 'Splunk other' }, '', 403, 4],
  [{}, '?token=secret', 400, 16],
])('%j %s is not let in', async (headers, query, status, code) => {
  const { post, uids } = await start()
  const answer = await post(event('a'), headers, `/services/collector/event${query}`)
  expect(answer).toEqual([status, expect.objectContaining({ code })])
  expect(uids()).toEqual([])
})

test('other methods, paths and encodings are refused', async () => {
  const { hec, post } = await start()
  expect((await fetch(`${hec.url}/services/collector/event`)).status).toBe(405)
  expect(await post(event('a'), {}, '/services/collector/events')).toMatchObject([404, {}])
  expect(await post(event('a'), { 'content-encoding': 'deflate' })).toMatchObject([415, {}])
  expect(await post('no gzip', { 'content-encoding': 'gzip' })).toMatchObject([400, { code: 6 }])
})

test('a channel is demanded where acknowledgement is on, and must be a GUID', async () => {
  const { post, ask } = await start({ acknowledgements: true })
  expect(await post(event('a'))).toMatchObject([400, { code: 10 }])
  expect(await post(event('a'), { 'x-splunk-request-channel': '1' })).toMatchObject([400, { code: 11 }])
  expect(await ask([0], 'x')).toMatchObject([400, { code: 11 }])
})

test('ackIds count per channel, true is said once, a restart forgets', async () => {
  const { hec, post, ask, uids } = await start({
    acknowledgements: true,
    indexAfterMs: Number.POSITIVE_INFINITY,
  })
  const send = (uid: string) => post(event(uid), { 'x-splunk-request-channel': channel })
  expect(await send('a')).toMatchObject([200, { ackId: 0 }])
  expect(await send('b')).toMatchObject([200, { ackId: 1 }])
  expect(await ask([0, 1])).toEqual([200, { acks: { 0: false, 1: false } }])
  hec.flush()
  expect(await ask([1])).toEqual([200, { acks: { 1: true } }])
  expect(await ask([0, 1])).toEqual([200, { acks: { 0: true, 1: false } }])
  await send('c')
  hec.restartIndexer(0)
  hec.flush()
  expect(await send('d')).toMatchObject([200, { ackId: 0 }])
  expect(uids()).toEqual(['a', 'b'])
})

test('asking for acknowledgements of a token without them is code 14', async () => {
  const { ask } = await start()
  expect(await ask([0])).toMatchObject([400, { code: 14 }])
})

test('an oversized body is refused as Enterprise or as Cloud does', async () => {
  const { hec, post } = await start({ maxContentLength: 10, oversize: 'cloud' })
  expect(await post(event('a'))).toMatchObject([400, { code: 6, 'invalid-event-number': 0 }])
  await hec.stop()
  const enterprise = await startHecEmulator({ maxContentLength: 10 })
  const headers = { authorization: `Splunk ${enterprise.token}` }
  const answer = await fetch(`${enterprise.url}/services/collector`, {
    method: 'POST',
    body: event('a'),
    headers,
  })
  expect(answer.status).toBe(413)
  await enterprise.stop()
})
