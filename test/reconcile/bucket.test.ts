/** What is in a bucket, by its objects and manifests: whatever was removed, added or altered is named exactly. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Example, FoundAtSink } from '../../src/reconcile/result.ts'
import type { S3Emulator } from '../emulators/s3/emulator.ts'
import { type BucketOptions, openBucketRig, startBucket } from './bucket-rig.ts'

let s3: S3Emulator
beforeAll(async () => {
  s3 = await startBucket()
})
afterAll(() => s3.stop())

const FATES = ['whole', 'removed', 'altered'] as const
const EVENTS = [5, 10, 70, 70, 130, 3_000].map((at, number) => [at, `event-${number}`] as const)
const uidsOf = (examples: readonly Example[] = []) => examples.map(({ uid }) => uid).sort()
const uidIn = (line: string) => /[0-9a-f]{64}/.exec(line)?.[0] ?? ''

const FOREIGN = 'f'.repeat(64)
type Rig = ReturnType<typeof openBucketRig>

/** Returns the keys of the objects that it changed. */
function tamper(
  rig: Rig,
  { removed, altered, added }: { removed: readonly string[]; altered: readonly string[]; added: boolean },
): string[] {
  const before = new Map(rig.keys().map((key) => [key, rig.linesIn(key).join()]))
  const [first] = before.keys()
  rig.rewriteObjects((lines, key) => [
    ...lines
      .filter((line) => !removed.includes(uidIn(line)))
      .map((line) => (altered.includes(uidIn(line)) ? line.replace('dana', 'eve') : line)),
    ...(added && key === first ? [(lines[0] ?? '').replace(/[0-9a-f]{64}/, FOREIGN)] : []),
  ])
  return [...before].flatMap(([key, text]) => (rig.linesIn(key).join() === text ? [] : [key]))
}

function faultsOf(rig: Rig, touched: readonly string[]): string[] {
  const there = new Set(rig.keys())
  return touched.map((key) => `${there.has(key) ? 'changed' : 'missing'} ${key}`).sort()
}

function lineAt(rig: Rig, where = ''): string {
  const [key = '', number] = where.split(', event ')
  return rig.linesIn(key)[Number(number) - 1] ?? ''
}

async function delivered(options?: BucketOptions) {
  const rig = openBucketRig(s3, options)
  rig.add(EVENTS)
  expect(await rig.run()).toEqual([])
  await rig.tend()
  expect(await rig.reconcile()).toMatchObject({
    complete: true,
    sinks: { local: { found: { events: 6, objects: [], unreadable: [] } } },
  })
  return rig
}

const histories = fc.record({
  events: fc.array(fc.record({ at: fc.integer({ min: 0, max: 3_599 }), fate: fc.constantFrom(...FATES) }), {
    minLength: 1,
    maxLength: 12,
  }),
  added: fc.boolean(),
  maxEvents: fc.integer({ min: 1, max: 5 }),
  manifest: fc.boolean(),
})

describe.each([
  ['native', 'gzip'],
  ['native', 'zstd'],
  ['native', 'none'],
  ['csv', 'gzip'],
  ['csv', 'zstd'],
  ['csv', 'none'],
] as const)('objects of %s, %s', (format, compression) => {
  it('of which events were removed, added and altered, with their objects', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ events, added, maxEvents, manifest }) => {
        const rig = openBucketRig(s3, { format, compression, maxEvents, manifest })
        rig.add(events.map(({ at }, number) => [at, `event-${number}`]))
        await rig.run()
        if (manifest) await rig.tend()
        const uids = rig.uids()
        const of = (fate: string) =>
          [...events.entries()]
            .filter(([, it]) => it.fate === fate)
            .map(([number]) => uids.get(`event-${number}`) as string)
            .sort()
        const [removed, altered] = [of('removed'), of('altered')]
        const keys = rig.keys()
        const touched = tamper(rig, { removed, altered, added })

        const { sinks, holes, extras } = await rig.reconcile()
        const found = sinks.local?.found as FoundAtSink
        const { missing, extra, altered: changed, objects } = found
        expect({ holes, extras, missing: uidsOf(missing), extra: uidsOf(extra) }).toEqual({
          ...{ holes: [], extras: [], missing: removed, extra: added ? [FOREIGN] : [] },
        })
        expect(uidsOf(changed)).toEqual(altered)
        for (const { fields, where, uid } of changed) {
          expect(fields).toEqual([format === 'csv' ? 'Login' : 'actor.login'])
          expect(lineAt(rig, where)).toContain(uid)
        }
        for (const { where } of extra) {
          expect(where).toContain(keys[0])
          expect(lineAt(rig, where)).toContain(FOREIGN)
        }
        expect(objects.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(
          manifest ? faultsOf(rig, touched) : [],
        )

        await rig.reconcile({ repair: true })
        await rig.run()
        const after = (await rig.reconcile()).sinks.local?.found as FoundAtSink
        expect(uidsOf(after.missing)).toEqual([])
        expect(after.objects.filter(({ kind, madeGood }) => kind === 'missing' && !madeGood)).toEqual([])
      }),
      { numRuns: 8, seed: 424_242 },
    )
  })
})

describe('manifests', () => {
  it('name an object that is gone with all its events; a repair makes it good', async () => {
    const rig = await delivered()
    const [key = ''] = rig.keys()
    const gone = rig.linesIn(key).map(uidIn).sort()
    rig.objects.delete(key)
    const { complete, sinks } = await rig.reconcile()
    const { missing, objects = [] } = sinks.local?.found ?? {}
    expect({ complete, missing: uidsOf(missing) }).toEqual({ complete: false, missing: gone })
    expect(objects).toMatchObject([{ kind: 'missing', key, madeGood: false }])
    expect(objects[0]?.uids.toSorted()).toEqual(gone)
    expect(objects[0]?.message).toContain(rig.manifests().at(-1))
    await rig.reconcile({ repair: true })
    await rig.run()
    expect(await rig.reconcile()).toMatchObject({ complete: true, sinks: { local: { complete: true } } })
  })

  it('name an object that nobody listed, with its events, though each is known', async () => {
    const rig = await delivered()
    const [key = ''] = rig.keys()
    const object = rig.objects.get(key)
    if (object === undefined) throw new Error('no object')
    const copy = key.replace(/-(\w+)\.ndjson/, '-0123456789ab.ndjson')
    rig.objects.set(copy, { ...object, key: copy, writtenAt: Date.now() + 3_600_000 })
    const { complete, sinks } = await rig.reconcile()
    const { objects = [], copies } = sinks.local?.found ?? {}
    expect({ complete, copies }).toEqual({ complete: false, copies: rig.linesIn(key).length })
    expect(objects).toMatchObject([{ kind: 'added', key: copy }])
    expect(objects[0]?.uids.toSorted()).toEqual(rig.linesIn(key).map(uidIn).sort())
  })

  it('are not expected to list what is newer than the last of them', async () => {
    const rig = await delivered()
    rig.add([[3_100, 'event-6']])
    await rig.run()
    await rig.reconcile({ repair: true })
    await rig.run()
    const { found } = (await rig.reconcile()).sinks.local ?? {}
    expect(found).toMatchObject({ events: 7, objects: [] })
  })

  it('that are missing, damaged or changed are named themselves', async () => {
    const rig = await delivered()
    await rig.tend(4)
    const [first = '', second = '', third = ''] = rig.manifests()
    const manifest = rig.objects.get(second)
    if (manifest === undefined || third === '') throw new Error('too few manifests')
    const named = async () =>
      ((await rig.reconcile()).sinks.local?.found?.objects ?? []).map(({ kind, key }) => [kind, key])
    rig.objects.delete(second)
    expect(await named()).toEqual([['missing', second]])
    rig.objects.set(second, { ...manifest, body: Buffer.from('{}') })
    expect(await named()).toEqual([['changed', second]])
    const text = manifest.body.toString()
    rig.objects.set(second, { ...manifest, body: Buffer.from(text.replace(/"events":\d+/, '"events":99')) })
    expect(await named()).toEqual([['changed', second]])
    rig.objects.set(second, { ...manifest, body: Buffer.from(`${text}\n`) })
    expect(await named()).toEqual([['changed', second]])
    expect(first).toContain('00000000.json')
  })
})
