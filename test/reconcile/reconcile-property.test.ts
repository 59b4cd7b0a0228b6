/** Random histories in which events are lost, invented and altered in the ledger, at the source and in the file. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Example } from '../../src/reconcile/result.ts'
import { openRig } from './rig.ts'

const FATES = ['whole', 'hole', 'vanished', 'missing', 'altered'] as const
type Fate = (typeof FATES)[number]

const histories = fc.record({
  events: fc.array(fc.record({ at: fc.integer({ min: 0, max: 3_599 }), fate: fc.constantFrom(...FATES) }), {
    minLength: 1,
    maxLength: 25,
  }),
  /** Seconds of twins that nothing happens to. */
  twins: fc.array(fc.integer({ min: 0, max: 3_599 }), { maxLength: 3 }),
  added: fc.array(fc.integer({ min: 0, max: 3_599 }), { maxLength: 3 }),
  format: fc.constantFrom('native', 'csv'),
  pageSize: fc.constantFrom(3, 11, Number.POSITIVE_INFINITY),
})

it('names exactly what was done, and a repair brings exactly what the ledger or the file lacked', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async ({ events, twins, added, format, pageSize }) => {
      const rig = openRig({ format, switches: { pageSize, inclusive: false, tokens: true } })
      const of = (fate: Fate) =>
        events.flatMap((it, number) => (it.fate === fate ? [{ at: it.at, name: `event-${number}` }] : []))
      rig.add(events.map(({ at }, number) => [at, `event-${number}`]))
      rig.add(twins.flatMap((at) => [[at, 'twin'] as const, [at, 'twin'] as const]))
      await rig.run()
      expect(await rig.reconcile()).toMatchObject({ complete: true, gaps: [] })

      const uids = rig.uids()
      const uidOf = (name: string) => uids.get(name) ?? ''
      for (const { at, name } of of('hole')) rig.forget(uidOf(name), at)
      for (const { name } of of('vanished')) rig.remove(name)
      const gone = new Set([...of('hole'), ...of('missing')].map(({ name }) => uidOf(name)))
      const altered = new Set(of('altered').map(({ name }) => uidOf(name)))
      const foreign = added.map((_, number) => `${number}`.repeat(64))
      rig.rewrite((lines) => [
        ...lines
          .filter((line) => !gone.has(uidIn(line)))
          .map((line) => (altered.has(uidIn(line)) ? line.replace('dana', 'eve') : line)),
        ...foreign.map((uid) => (lines.at(-1) ?? '').replace(/[0-9a-f]{64}/, uid)),
      ])

      const result = await rig.reconcile()
      const { found } = result.sinks.local ?? {}
      expect({
        holes: result.holes.flatMap(({ examples }) => uidsOf(examples)).sort(),
        extras: result.extras.flatMap(({ examples }) => uidsOf(examples)).sort(),
        missing: uidsOf(found?.missing).sort(),
        added: uidsOf(found?.extra).sort(),
        altered: uidsOf(found?.altered).sort(),
      }).toEqual({
        holes: of('hole')
          .map(({ name }) => uidOf(name))
          .sort(),
        extras: of('vanished')
          .map(({ name }) => uidOf(name).slice(0, 16))
          .sort(),
        missing: of('missing')
          .map(({ name }) => uidOf(name))
          .sort(),
        added: foreign.sort(),
        altered: [...altered].sort(),
      })
      const isTouched = events.some(({ fate }) => fate !== 'whole') || foreign.length > 0
      expect(result.complete).toBe(!isTouched)

      const { repaired } = await rig.reconcile({ repair: true })
      expect(repaired?.events).toBe(of('hole').length)
      expect(repaired?.sinks?.local?.events ?? 0).toBe(of('missing').length)
      await rig.run()
      const after = await rig.reconcile()
      expect({ holes: after.holes, missing: uidsOf(after.sinks.local?.found?.missing).sort() }).toEqual({
        holes: [],
        missing: [],
      })
    }),
    { numRuns: 25, seed: 424_242 },
  )
})

const uidIn = (line: string) => /[0-9a-f]{64}/.exec(line)?.[0] ?? ''
const uidsOf = (examples: readonly Example[] = []) => examples.map(({ uid }) => uid)
