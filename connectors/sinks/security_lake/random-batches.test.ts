import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { batchOf } from '../../../test/conformance/batches.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type S3Emulator, startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { readParquet } from '../../../test/emulators/s3/read-parquet.ts'
import { hostileEvents, hostileText, timelessEvents } from '../../../test/formats/hostile-events.ts'
import { eventOfEach } from '../../../test/formats/sample-events.ts'
import { definition } from './index.ts'

const calm = new AbortController().signal
const BUCKET = 'aws-security-data-lake-eu-west-1-x1y2z3'
/** 2026-11-23T00:00:00Z */
const MIDNIGHT = 1_795_392_000
let emulator: S3Emulator

beforeAll(async () => {
  emulator = await startS3Emulator({ bucket: BUCKET })
})
afterAll(() => emulator.stop())

const geo = fc.record({ country: hostileText, region: hostileText, city: hostileText }, { requiredKeys: [] })
const known = fc.constantFrom(...eventOfEach())
const placed = fc
  .tuple(hostileEvents, geo)
  .map(([event, where]) => ({ ...event, enrichment: { geo: where } }))
const seconds = fc.integer({ min: -3, max: 3 }).map((after) => MIDNIGHT + after)
const crowded = fc
  .tuple(fc.oneof(placed, hostileEvents, known), seconds)
  .map(([event, timestamp]) => ({ ...event, timestamp }))

/** Many in the same few seconds on both sides of a midnight, a few at any time. */
const batches = fc
  .array(fc.oneof({ weight: 6, arbitrary: crowded }, hostileEvents, timelessEvents), {
    minLength: 1,
    maxLength: 40,
  })
  .map((events) => events.map((event, at) => ({ ...event, uid: uidOf(at) }) as AuditEvent))

/** In another order than that of the events. */
const uidOf = (at: number) => `${(at * 7919) % 10_007}`.padStart(64, '0')

type Members = Record<string, unknown>
type Row = Members & { metadata: { uid: string }; time: number; class_uid: number; resources?: Members[] }

test('any batch comes back value by value, each object of one class and day, in the order of time', async () => {
  await fc.assert(
    fc.asyncProperty(batches, fc.boolean(), async (events, raw_data) => {
      const format = lineFormat('ocsf', { ocsf: { version: '1.3.0', raw_data } })
      const outcomes = await write(events, format)
      const isKept = ({ timestamp }: AuditEvent) => timestamp > -6e10 && timestamp < 2.6e11
      expect(outcomes).toEqual(events.map((it) => (isKept(it) ? 'delivered' : 'rejected')))

      const rows = new Map<string, Members>()
      for (const { key, body } of emulator.objects.values()) {
        const inside = readParquet(body).rows as Row[]
        expect(new Set(inside.map(({ class_uid }) => class_uid)).size).toBe(1)
        const day = /\/eventDay=(\d{8})\//.exec(key)?.[1]
        for (const row of inside) expect(dayOf(row.time)).toBe(day)
        expect(inside.map(placeOf)).toEqual(inside.map(placeOf).toSorted())
        for (const row of inside) rows.set(row.metadata.uid, parsed(row))
      }
      expect(rows.size).toBe(events.filter(isKept).length)
      for (const event of events.filter(isKept))
        expect(rows.get(event.uid)).toEqual(wellFormed(JSON.parse(`${format.encode(event)}`)))

      const before = stored()
      emulator.objects.clear()
      await write(events.toReversed(), format)
      expect(stored()).toEqual(before)
    }),
    { numRuns: 25 },
  )
})

async function write(events: readonly AuditEvent[], format: ReturnType<typeof lineFormat>) {
  emulator.objects.clear()
  const { sink } = openSink(definition, {
    ...emulator.options,
    bucket: BUCKET,
  })
  const outcomes = await sink.write(batchOf(events, format), calm)
  await sink.close()
  return outcomes.map(({ kind }) => kind)
}

const stored = () => new Map([...emulator.objects].map(([key, { body }]) => [key, body.toString('hex')]))
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')
const placeOf = ({ time, metadata }: Row) => `${`${time + 1e14}`.padStart(16, '0')} ${metadata.uid}`

/** Parses the texts in which the sink keeps JSON, so that they are compared by value. */
function parsed({ unmapped, resources, ...row }: Row): Members {
  return {
    ...row,
    ...(unmapped !== undefined && { unmapped: JSON.parse(unmapped as string) }),
    ...(resources !== undefined && {
      resources: resources.map(({ data, ...it }) => ({
        ...it,
        ...(data !== undefined && { data: JSON.parse(data as string) }),
      })),
    }),
  }
}

/** Half of a surrogate pair isn't valid UTF-8: a string in Parquet can't hold it, while JSON has an escape. */
function wellFormed(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null || name === 'unmapped' || name === 'data') return value
  if (Array.isArray(value)) return value.map((it) => wellFormed(it))
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, wellFormed(it, key)]))
}
