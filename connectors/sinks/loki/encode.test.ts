import { expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { config } from './config.ts'
import { createStreamReader, encodePush, isPlaceable } from './encode.ts'

type Values = [time: string, line: string, metadata?: { uid: string }][]
interface Push {
  readonly streams: { readonly stream: Record<string, string>; readonly values: Values }[]
}

const parsed = (options: object = {}) => config.parse({ endpoint: 'https://loki.example', ...options })
const pushOf = (
  events: readonly AuditEvent[],
  options: object = {},
  format: 'native' | 'raw' = 'native',
): Push => JSON.parse(encodePush(batchOf(events, lineFormat(format)), parsed(options)).toString())
const first = (push: Push) => push.streams[0]?.values ?? []

test('one stream of few labels, the line as it is, the uid beside it', () => {
  const events = auditEvents(6)
  const { streams } = pushOf(events)
  expect(streams.map(({ stream }) => stream)).toEqual([
    { service_name: 'pulumi-cloud', organization: 'acme' },
  ])
  const lines = new Map(streams[0]?.values.map(([, line, metadata]) => [metadata?.uid, line]))
  for (const event of events) expect(lines.get(event.uid)).toBe(lineFormat('native').encode(event))
})

test('labels as configured', () => {
  const { streams } = pushOf(auditEvents(4), { labels: { env: 'prod' }, label_by: ['category', 'source'] })
  expect(streams.map(({ stream }) => stream)).toEqual([
    { env: 'prod', category: 'stacks', source: 'acme' },
    { env: 'prod', category: 'organization', source: 'acme' },
    { env: 'prod', category: 'environments', source: 'acme' },
  ])
})

test('times are nanoseconds as text, within the second of the event, sorted, and each its own', () => {
  const times = first(pushOf(auditEvents(300).reverse())).map(([time]) => time)
  expect(times.filter((time) => !/^17953848\d{11}$/.test(time) && !/^1795384[89]\d{11}$/.test(time))).toEqual(
    [],
  )
  expect(times).toEqual(times.toSorted())
  expect(new Set(times).size).toBe(300)
})

test('twins with the same line are two, and the same two at every attempt and in any company', () => {
  const [event] = auditEvents(1)
  if (event === undefined) throw new Error('no event')
  const twins = [event, { ...event, uid: 'f'.repeat(64) }]
  const [a, b] = first(pushOf(twins, { structured_metadata: false }, 'raw'))
  expect(a?.[1]).toBe(b?.[1])
  expect(a?.[0]).not.toBe(b?.[0])
  expect(first(pushOf([event, ...auditEvents(5, 1)]))).toContainEqual(first(pushOf([event]))[0])
})

test('without structured metadata an entry has two parts', () => {
  expect(first(pushOf(auditEvents(2), { structured_metadata: false })).map((value) => value.length)).toEqual([
    2, 2,
  ])
})

test('what was read over half an hour late has streams of its own, by the hour', () => {
  const late = auditEvents(3).map((it, n) => ({ ...it, observedAt: (it.timestamp + 1_799 + n) * 1000 }))
  expect(pushOf(late).streams.map(({ stream, values }) => [stream.late, values.length])).toEqual([
    [undefined, 2],
    ['2026-11-22T22', 1],
  ])
})

test.each([
  [0, true],
  [9_223_372_035, true],
  [9_223_372_036, false],
  [-1, false],
  [1.5, false],
])('the time %d fits into nanoseconds of 64 bits: %s', (timestamp, fits) => {
  expect(isPlaceable({ timestamp })).toBe(fits)
})

test('the fields of a native payload are read from its bytes, to the same streams', () => {
  const late = auditEvents(300).map((event, at) => ({
    ...event,
    observedAt: (event.timestamp + (at % 2) * 7_200) * 1000,
  }))
  for (const label_by of [['organization'], ['category', 'outcome'], ['severity', 'source']] as const) {
    const options = parsed({ label_by: [...label_by] })
    const batch = batchOf(late, lineFormat('native'))
    const unparsed = batch.events.map(({ uid, timestamp, payload }) => ({ uid, timestamp, payload }))
    const read = createStreamReader('native', options)
    const bytes = encodePush({ ...batch, events: unparsed as unknown as typeof batch.events }, options, read)
    expect(bytes.toString()).toBe(encodePush(batch, options).toString())
  }
})
