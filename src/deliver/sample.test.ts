import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { auditEvents } from '../../test/conformance/batches.ts'
import type { AuditEvent } from '../event.ts'
import { compileSample } from './sample.ts'

const events = auditEvents(1).flatMap((event) =>
  Array.from(
    { length: 4_000 },
    (_, at): AuditEvent => ({ ...event, uid: hash('sha256', `${at}`), severity: 1 + (at % 2) }),
  ),
)
const fresh = () => structuredClone(events)

test('about as many are kept as requested, and each says how many it stands for', () => {
  const sample = compileSample([{ where: 'severity == 1', keep: 1, of: 10 }])
  const [noisy, others] = [
    fresh().filter((it) => it.severity === 1),
    fresh().filter((it) => it.severity === 2),
  ]
  const kept = noisy.filter(sample)
  expect(kept.length).toBeGreaterThan(150)
  expect(kept.length).toBeLessThan(250)
  expect(
    kept.every(({ enrichment }) => enrichment?.sampled?.of === 10 && enrichment.sampled.keep === 1),
  ).toBe(true)
  expect(others.filter(sample)).toEqual(events.filter((it) => it.severity === 2))
})

test('the uid alone decides: in any order, in another process, beside other members', () => {
  const uids = (kept: readonly AuditEvent[]) => kept.map(({ uid }) => uid)
  const sampler = () => compileSample([{ where: 'true', keep: 3, of: 7 }])
  const once = uids(fresh().filter(sampler()))
  expect(uids(fresh().toReversed().filter(sampler()))).toEqual(once.toReversed())
  expect(
    uids(
      fresh()
        .map((it) => ({ ...it, description: 'x' }))
        .filter(sampler()),
    ),
  ).toEqual(once)
})

test('a larger fraction contains the smaller one, and the first matching entry decides', () => {
  const all = fresh()
  const few = all.filter(compileSample([{ where: 'true', keep: 1, of: 10 }]))
  const more = new Set(all.filter(compileSample([{ where: 'true', keep: 2, of: 10 }])))
  expect(few.every((it) => more.has(it))).toBe(true)
  const first = compileSample([
    { where: 'severity == 2', keep: 99, of: 100 },
    { where: 'true', keep: 1, of: 1_000 },
  ])
  expect(
    fresh()
      .filter(first)
      .filter((it) => it.severity === 1).length,
  ).toBeLessThan(10)
})

test('what was added before is kept', () => {
  const event: AuditEvent = { ...(events[0] as AuditEvent), enrichment: { fields: { env: 'prod' } } }
  expect(compileSample([{ where: 'enrichment.fields.env == "prod"', keep: 9_999, of: 10_000 }])(event)).toBe(
    true,
  )
  expect(event.enrichment).toEqual({ fields: { env: 'prod' }, sampled: { keep: 9_999, of: 10_000 } })
})

test('an entry that cannot be evaluated is named', () => {
  const sample = compileSample([{ where: 'raw.nothing == 1', keep: 1, of: 2 }])
  expect(() => sample({ ...(events[0] as AuditEvent), raw: {} })).toThrow(
    'raw.nothing == 1: No such key: nothing',
  )
})
