import { expect, test } from 'vitest'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import { BYTES_AROUND_PAYLOAD, createEncoder } from './encode.ts'

const uid = 'ab'.repeat(32)
const event = (payload: string, timestamp = 1_795_384_721) => ({
  uid,
  timestamp,
  payload: Buffer.from(payload),
})

test('an action line with the uid, then the document as it is, each with a line end', () => {
  const encode = createEncoder({ document_ids: true }, 'ecs')
  const action = `{"create":{"_id":"${uid}"}}\n`
  expect(encode([event('{"message":"ü 😀"}'), event('{}')]).toString()).toBe(
    `${action}{"message":"ü 😀"}\n${action}{}\n`,
  )
})

test.each([
  ['{"a":1}', '{"@timestamp":"2026-11-22T21:58:41Z","a":1}'],
  ['{}', '{"@timestamp":"2026-11-22T21:58:41Z"}'],
  ['null', 'null'],
])('a format other than ECS gets a time of its own: %s', (payload, document) => {
  const body = createEncoder({ document_ids: true }, 'native')([event(payload)]).toString()
  expect(body.split('\n')[1]).toBe(document)
})

test('a time that Elasticsearch cannot hold becomes the nearest one that it can', () => {
  const encode = createEncoder({ document_ids: true }, 'native')
  const times = [-1e15, 1e15, Number.MAX_SAFE_INTEGER].map(
    (time) =>
      JSON.parse(
        encode([event('{}', time)])
          .toString()
          .split('\n')[1] ?? '',
      )['@timestamp'],
  )
  expect(times).toEqual(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'])
})

test('without ids Elasticsearch creates them', () => {
  const encode = createEncoder({ document_ids: false }, 'ecs')
  expect(encode([event('{"a":1}')]).toString()).toBe('{"create":{}}\n{"a":1}\n')
})

test('what surrounds a payload fits into the reserve of the limits', () => {
  const body = createEncoder({ document_ids: true }, 'native')([event('{"a":1}')])
  expect(body.length - '{"a":1}'.length).toBeLessThanOrEqual(BYTES_AROUND_PAYLOAD)
})

test('a writer that is used again keeps nothing from before', () => {
  const encode = createEncoder({ document_ids: false }, 'ecs')
  const writer = new ByteWriter()
  encode([event('{"a":"long enough"}')], writer)
  expect(encode([event('{}')], writer).toString()).toBe('{"create":{}}\n{}\n')
})
