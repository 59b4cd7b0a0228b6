import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOf, eventAt, NINE } from '../../../connectors/sinks/s3/fixtures/rig.ts'
import { lineFormat } from '../../formats/formats.ts'
import { contentType, groupByHour, isPlaceable, objectKey, pieces } from './hour-objects.ts'

const native = lineFormat('native')
const hive = { prefix: '', layout: 'hive', compression: 'gzip' } as const
const plain = { ...hive, layout: 'plain' } as const

function keysOf(batch: ReturnType<typeof batchOf>, layout: Parameters<typeof objectKey>[3] = hive): string[] {
  return groupByHour(batch.events).map((group) => objectKey(batch, group, native, layout))
}

test('keys are as documented', () => {
  const batch = batchOf([eventAt(NINE + 59), eventAt(NINE), eventAt(NINE + 3600)])
  expect(keysOf(batch)).toEqual([
    'org=acme/dt=2026-11-22/hour=21/1795381200-1795381259-6e8feb81ee2b.ndjson.gz',
    'org=acme/dt=2026-11-22/hour=22/1795384800-1795384800-54a94bdd6dcc.ndjson.gz',
  ])
  expect(keysOf(batch, { ...plain, prefix: '/audit//pulumi/', compression: 'zstd' })).toEqual([
    'audit/pulumi/2026/11/22/21/acme-prod-acme-1795381200-1795381259-6e8feb81ee2b.ndjson.zst',
    'audit/pulumi/2026/11/22/22/acme-prod-acme-1795384800-1795384800-54a94bdd6dcc.ndjson.zst',
  ])
})

test('characters that S3 calls unsafe are escaped', () => {
  const batch = { ...batchOf([eventAt(NINE)]), organization: 'a/b=c d%é\ud800', source: "!_.*'()-" }
  expect(keysOf(batch)[0]).toMatch(/^org=a%2Fb%3Dc%20d%25%C3%A9%EF%BF%BD\/dt=/)
  const [key = ''] = keysOf(batch, { ...plain, prefix: 'kept=as it/is' })
  expect(key).toMatch(/^kept=as%20it\/is\/2026\/11\/22\/21\/!_\.\*'\(\)--a%2Fb%3Dc/)
})

test('a key never spans an hour, and no event is left out or doubled', () => {
  const seconds = fc.oneof(
    fc.integer({ min: -7200, max: 7200 }),
    fc.integer({ min: NINE, max: NINE + 90_000 }),
  )
  fc.assert(
    fc.property(fc.array(seconds, { maxLength: 60 }), (timestamps) => {
      const batch = batchOf(timestamps.map(eventAt))
      const groups = groupByHour(batch.events)
      expect(groups.flatMap((it) => it.positions).sort((a, b) => a - b)).toEqual(timestamps.map((_, n) => n))
      for (const group of groups) {
        const hours = new Set(
          group.events.map((it) => new Date(it.timestamp * 1000).toISOString().slice(0, 13)),
        )
        const key = objectKey(batch, group, native, hive)
        const [, day, hour] = /dt=([^/]+)\/hour=(\d\d)/.exec(key) ?? []
        expect([...hours]).toEqual([`${day}T${hour}`])
        expect(group.positions.map((position) => batch.events[position])).toEqual(group.events)
      }
    }),
  )
})

test('the same events in any order give the same keys', () => {
  const timestamps = fc.array(fc.integer({ min: NINE, max: NINE + 20 }), { minLength: 1, maxLength: 30 })
  const shuffled = timestamps.chain((given) => {
    const events = given.map(eventAt)
    return fc.tuple(
      fc.constant(events),
      fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
    )
  })
  fc.assert(
    fc.property(shuffled, ([events, others]) => {
      expect(keysOf(batchOf(others))).toEqual(keysOf(batchOf(events)))
    }),
  )
})

test('other events, another source or another organisation give another key', () => {
  const base = batchOf([eventAt(NINE, 1), eventAt(NINE, 2), eventAt(NINE, 3)])
  const others = [
    batchOf([eventAt(NINE, 1), eventAt(NINE, 2), eventAt(NINE, 4)]),
    batchOf([eventAt(NINE, 1), eventAt(NINE, 3)]),
    { ...base, source: 'other' },
    { ...base, organization: 'other' },
  ]
  const keys = [base, ...others].flatMap((batch) => keysOf(batch))
  expect(new Set(keys).size).toBe(5)
})

test('a timestamp that no partition can hold has no place', () => {
  const placeable = (timestamp: number) =>
    batchOf([{ ...eventAt(NINE), timestamp }]).events.map(isPlaceable)[0]
  expect(
    [253_402_300_799, 253_402_300_800, -62_167_219_200, -62_167_219_201, Number.NaN].map(placeable),
  ).toEqual([...[true, false, true, false, false]])
})

test.each([
  ['native', 'none', 'application/x-ndjson'],
  ['csv', 'none', 'text/csv; charset=utf-8'],
  ['csv', 'gzip', 'application/gzip'],
  ['native', 'zstd', 'application/zstd'],
  ['cef', 'none', 'text/plain; charset=utf-8'],
  ['leef', 'gzip', 'application/gzip'],
] as const)('%s with %s is %s', (format, compression, expected) => {
  expect(contentType(lineFormat(format), compression)).toBe(expected)
})

test('an object is the header and the sorted lines', () => {
  const csv = lineFormat('csv')
  const batch = batchOf([eventAt(NINE + 1), eventAt(NINE)], csv)
  const [group] = groupByHour(batch.events)
  if (group === undefined) throw new Error('no group')
  const lines = [csv.header ?? '', csv.encode(eventAt(NINE)), csv.encode(eventAt(NINE + 1))]
  expect(Buffer.concat([...pieces(group, csv)]).toString()).toBe(lines.map((line) => `${line}\r\n`).join(''))
})
