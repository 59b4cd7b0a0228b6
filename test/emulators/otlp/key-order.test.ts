import { expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents } from '../../conformance/batches.ts'
import { createKeyOrder } from './key-order.ts'

const records = auditEvents(6).map((event) => {
  const line = Buffer.from(lineFormat('otel').encode(event)).toString()
  return JSON.stringify(JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords[0])
})
const order = createKeyOrder()
for (const json of records) order.areDifferent(JSON.parse(json).attributes)

it('knows records as they are sent, when their keys have come before', () => {
  expect(records.map(found)).toEqual(records.map(parsed))
  expect(createKeyOrder().readPlain(Buffer.from(records[0] ?? ''))).toBeUndefined()
})

it('takes no record that JSON.parse refuses, or that is not strict', () => {
  const attribute = '{"key":"user.name","value":{"stringValue":"a"}},'
  const pieces = [
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '-',
    '.',
    'e5',
    'null',
    '\u0001',
    '\\u12',
    attribute,
  ]
  const [json = ''] = records
  const wrong = pieces.flatMap((piece) =>
    Array.from(json, (_, at) => at).flatMap((at) =>
      [0, 1]
        .map((cut) => json.slice(0, at) + piece + json.slice(at + cut))
        .filter((it) => found(it) !== undefined && found(it) !== parsed(it)),
    ),
  )
  expect(wrong).toEqual([])
})

it.each([
  ['no time', (json: string) => json.replace('"timeUnixNano"', '"other"')],
  ['a time that is a number', (json: string) => json.replace(/"(\d+)"/, '$1')],
  ['a time too long', (json: string) => json.replace(/"(\d+)"/, `"${'1'.repeat(21)}"`)],
  ['a key that is new', (json: string) => json.replace('user.name', 'user.new')],
  ['a uid with escapes', (json: string) => json.replace(/(uid","value":{"stringValue":")./, '$1\\u0061')],
  ['no uid', (json: string) => json.replace('log.record.uid', 'user.id')],
])('leaves one with %s to JSON.parse', (_, broken) => {
  expect(order.readPlain(Buffer.from(broken(records[0] ?? '')))).toBeUndefined()
})

function found(json: string): string | undefined {
  return uidOf(order.readPlain(Buffer.from(json)))
}

/** Undefined for what is no JSON, has no time as a text, or a key twice. */
function parsed(json: string): string | undefined {
  try {
    const { timeUnixNano, attributes } = JSON.parse(json)
    const keys = attributes.map(({ key }: { key: string }) => key)
    const isStrict = /^\d{1,20}$/.test(timeUnixNano) && typeof timeUnixNano === 'string'
    return isStrict && new Set(keys).size === keys.length ? uidOf({ attributes }) : undefined
  } catch {
    return undefined
  }
}

function uidOf(record: object | undefined): string | undefined {
  const { attributes = [] } = (record ?? {}) as {
    attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
  }
  return attributes.find(({ key }) => key === 'log.record.uid')?.value.stringValue
}
