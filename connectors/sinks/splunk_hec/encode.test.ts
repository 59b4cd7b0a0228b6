import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readEnvelopes } from '../../../test/emulators/splunk-hec/envelopes.ts'
import { createEncoder } from './encode.ts'
import { eventOf, events } from './fixtures/rig.ts'

const json = 'application/json'
const metadata = { host: 'büro "7" 😀', source: 'pulumi', sourcetype: 'pulumi:audit', index: 'security' }

test('every byte of a body is as the golden file has it', () => {
  const payloads = [
    '{"description":"plain"}',
    '{"description":"Grüße \\u0000 😀"}',
    '{"nested":{"raw":[1,null]}}',
  ]
  const body = createEncoder(metadata, json)(payloads.map((payload, n) => eventOf(n, payload)))
  const golden = readFileSync(new URL('fixtures/body.ndjson', import.meta.url))
  expect(body.toString()).toBe(golden.toString())
  expect(body.equals(golden)).toBe(true)
})

test('a line format becomes a JSON string', () => {
  const line = '\ufeff2026-11-22T22:00:00Z,"a ""quoted"" Grüße",\t'
  const body = createEncoder({}, 'text/csv')([eventOf(0, line)])
  expect(JSON.parse(body.toString())).toEqual({
    time: 1_795_384_721,
    event: line,
    fields: { event_uid: '0'.repeat(64) },
  })
})

test('metadata that is unset or empty is left out', () => {
  const body = createEncoder({ host: '', index: undefined, source: 'x' }, json)(events(1))
  expect(Object.keys(JSON.parse(body.toString()))).toEqual(['time', 'source', 'event', 'fields'])
})

test('time is a fixed decimal at every size', () => {
  const times = [0, 1, 1_795_384_721, 253_402_300_799, Number.MAX_SAFE_INTEGER]
  const body = createEncoder(
    metadata,
    json,
  )(times.map((timestamp) => ({ uid: 'u', timestamp, payload: Buffer.from('{}') })))
  const { good, code } = readEnvelopes(body, undefined)
  expect(code).toBeUndefined()
  expect(good.map(({ time }) => time)).toEqual(times)
})

test('ten thousand events stay in order and whole', () => {
  const body = createEncoder(metadata, json)(events(10_000))
  const { good } = readEnvelopes(body, undefined)
  expect(good.map(({ event }) => event)).toEqual(Array.from({ length: 10_000 }, (_, n) => ({ n })))
})
