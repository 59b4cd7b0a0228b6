/** A bucket with manifests: untouched it is intact, and any one change to an event, object or manifest is named. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openSink } from '../../connectors/sinks/s3/fixtures/rig.ts'
import type { Sink } from '../../src/connector.ts'
import { messageOf } from '../../src/errors.ts'
import { type AuditEvent, eventUid } from '../../src/event.ts'
import type { FormatName } from '../../src/formats/format.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { parseManifest, sealManifest } from '../../src/integrity/manifest.ts'
import type { Fault } from '../../src/verify/finding.ts'
import { identitiesOfEvent } from '../../src/verify/recompute.ts'
import { openS3 } from '../../src/verify/s3-place.ts'
import { verify } from '../../src/verify/verify.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { deliver, write } from '../conformance/deliver.ts'
import { type S3Emulator, startS3Emulator } from '../emulators/s3/emulator.ts'
import { inFolder, type Tampered, type Tampering, tamper, verifyPath, writeAll } from './outputs.ts'

const HOUR = 3_600_000
/** Each property starts dozens of buckets; on a busy machine that takes a while. */
const calm = new AbortController().signal
const keys = generateKeyPairSync('ed25519')
const keyFolder = mkdtempSync(join(tmpdir(), 'auditferry-key-'))
const keyFile = join(keyFolder, 'key.pem')
writeFileSync(keyFile, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }))

afterAll(() => rmSync(keyFolder, { recursive: true }))

const emulators: S3Emulator[] = []
afterAll(() => Promise.all(emulators.map((it) => it.stop())))

interface Bucket {
  readonly emulator: S3Emulator
  now: number
  open(options?: Record<string, unknown>, format?: FormatName): Sink
  files(): Map<string, Buffer>
}

async function startBucket(): Promise<Bucket> {
  const clock = { now: Date.parse('2026-11-22T22:00:00Z') }
  const emulator = await startS3Emulator({ rules: { writtenNow: () => clock.now } })
  emulators.push(emulator)
  const base = {
    ...emulator.options,
    prefix: 'audit/pulumi',
    manifest: { every: '1h', signing_key_file: keyFile },
  }
  return Object.assign(clock, {
    emulator,
    open: (options = {}, format: FormatName = 'native') => {
      const sink = openSink({ ...base, ...options }, { format, now: () => clock.now })
      onTestFinished(() => sink.close())
      return sink
    },
    files: () => new Map([...emulator.objects.values()].map(({ key, body }) => [key, body])),
  })
}

interface Step {
  readonly count: number
  readonly hours: number
  readonly restart: boolean
}

const steps = fc.array(
  fc.record({
    count: fc.integer({ min: 1, max: 5 }),
    hours: fc.integer({ min: 0, max: 2 }),
    restart: fc.boolean(),
  }),
  { minLength: 3, maxLength: 6 },
)

/** Events from about now, whose uids follow from their fields. */
function eventsAt(bucket: Bucket, count: number, from: number): AuditEvent[] {
  const later = Math.floor((bucket.now - Date.parse('2026-11-22T22:00:00Z')) / 1000)
  return auditEvents(count, from).map((event) => {
    const moved = { ...event, timestamp: event.timestamp + later }
    const [identity] = identitiesOfEvent(moved)
    return identity === undefined ? moved : { ...moved, uid: eventUid(identity, 0) }
  })
}

/** Writes, and lets time pass until every object is in a manifest. */
async function fill(
  bucket: Bucket,
  all: readonly Step[],
  options: Record<string, unknown>,
): Promise<AuditEvent[]> {
  let sink = bucket.open(options)
  const events: AuditEvent[] = []
  for (const { count, hours, restart } of all) {
    if (restart) {
      await sink.close()
      sink = bucket.open(options)
    }
    const batch = eventsAt(bucket, count, events.length)
    const outcomes = await write(sink, batchOf(batch, lineFormat('native')))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['delivered']))
    events.push(...batch)
    bucket.now += hours * HOUR
    await sink.tend?.(calm)
  }
  bucket.now += 2 * HOUR
  await sink.tend?.(calm)
  await sink.close()
  return events
}

/** Each is tried on every bucket, since filling one takes longest. */
const EVENT_HANDS: readonly Tampering[] = ['remove', 'alter', 'add', 'swap']

/** Each returns what must be named. */
const OBJECT_HANDS = {
  remove(files: Map<string, Buffer>, path: string) {
    files.delete(path)
    return { kind: 'missing', file: path }
  },
  add(files: Map<string, Buffer>, path: string) {
    const added = path.replace(/[0-9a-f]{12}\.nd/, 'abcdefabcdef.nd')
    files.set(added, files.get(path) ?? Buffer.of())
    return { kind: 'added', file: added }
  },
  exchange(files: Map<string, Buffer>, path: string, other: string) {
    files.set(path, files.get(other) ?? Buffer.of())
    return { file: path }
  },
}

const MANIFEST_HANDS = {
  remove: (files: Map<string, Buffer>, path: string) => void files.delete(path),
  alter: (files: Map<string, Buffer>, path: string, bytes: Buffer) =>
    void files.set(path, Buffer.from(bytes.toString().replace('"version":1', '"version":2'))),
  cut: (files: Map<string, Buffer>, path: string, bytes: Buffer) =>
    void files.set(path, bytes.subarray(0, -9)),
  forge(files: Map<string, Buffer>, path: string, bytes: Buffer) {
    const { manifest } = parseManifest(bytes) ?? {}
    const { privateKey } = generateKeyPairSync('ed25519')
    if (manifest !== undefined)
      files.set(path, sealManifest({ ...manifest, to: '2030-01-01T00:00:00Z' }, privateKey))
  },
}

const isManifest = (path: string) => path.includes('/manifests/')
const dataOf = (files: ReadonlyMap<string, Buffer>) =>
  [...files.keys()].filter((path) => !isManifest(path)).sort()
const manifestsOf = (files: ReadonlyMap<string, Buffer>) => [...files.keys()].filter(isManifest).sort()

async function verifyFiles(
  files: ReadonlyMap<string, Buffer>,
  rules: { publicKey?: KeyObject; anchor?: { name: string; bytes: Buffer } } = {},
) {
  return inFolder(async (folder) => {
    await writeAll(folder, files)
    return verifyPath(folder, rules)
  })
}

function expectNamed(tampered: Tampered, path: string, integrity: string, faults: readonly Fault[]): void {
  const { kind, uid, line, lines } = tampered
  expect(faults).toEqual([expect.objectContaining({ kind, file: path })])
  const [fault] = faults
  if (kind !== 'missing') expect(fault).toMatchObject({ uid, line })
  else if (integrity === 'chain' && lines.length > 0) {
    expect(fault?.message).toContain(`event ${line} is missing`)
  } else {
    expect(fault?.uid).toBe(`${uid.slice(0, 32)}…`)
    if (integrity === 'none') expect(fault?.line).toBe(line)
  }
}

describe('a bucket with manifests', () => {
  it('is intact, with every object in one manifest, over kills, restarts and late events', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('none', 'chain'), async (all, integrity) => {
        const bucket = await startBucket()
        const events = await fill(bucket, all, { integrity })
        const late = bucket.open({ integrity })
        await write(late, batchOf(auditEvents(2, 900), lineFormat('native')))
        bucket.now += 2 * HOUR
        await late.close()
        // What a kill leaves behind: the next process knows only the bucket.
        await bucket.open({ integrity }).tend?.(calm)
        const files = bucket.files()
        const report = await verifyFiles(files, { publicKey: keys.publicKey })
        expect(report.faults).toEqual([])
        expect(report.events).toBe(events.length + 2)
        const listed = manifestsOf(files).flatMap(
          (path) => parseManifest(files.get(path) ?? Buffer.of())?.manifest.objects ?? [],
        )
        expect(listed.map(({ key }) => key).sort()).toEqual(dataOf(files))
        expect(listed.some((it) => it.late)).toBe(true)
      }),
      { numRuns: 12 },
    )
  })

  it('with one event removed, altered, added or swapped names it', async () => {
    const integrities = fc.constantFrom('none', 'chain')
    await fc.assert(
      fc.asyncProperty(steps, integrities, fc.nat(), fc.nat(), async (all, integrity, a, b) => {
        const bucket = await startBucket()
        await fill(bucket, all, { integrity })
        const untouched = bucket.files()
        const path = dataOf(untouched)[a % dataOf(untouched).length] ?? ''
        const lines = gunzipSync(untouched.get(path) ?? '')
          .toString()
          .split('\n')
          .slice(0, -1)
        for (const how of EVENT_HANDS) {
          const places = how === 'swap' ? lines.length - 1 : lines.length
          if (places === 0) continue
          const tampered = tamper(lines, how, b % places)
          const body = gzipSync(tampered.lines.map((line) => `${line}\n`).join(''))
          const { faults } = await verifyFiles(new Map(untouched).set(path, body))
          expectNamed(tampered, path, integrity, faults)
        }
      }),
      { numRuns: 16 },
    )
  })

  it('with one object removed, added or exchanged names it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (all, a) => {
        const bucket = await startBucket()
        await fill(bucket, all, {})
        const untouched = bucket.files()
        const paths = dataOf(untouched)
        fc.pre(paths.length > 1)
        const path = paths[a % paths.length] ?? ''
        for (const tamperWith of Object.values(OBJECT_HANDS)) {
          const files = new Map(untouched)
          const named = tamperWith(files, path, paths.find((one) => one !== path) ?? path)
          expect((await verifyFiles(files)).faults).toEqual([expect.objectContaining(named)])
        }
      }),
      { numRuns: 8 },
    )
  })

  it('with one manifest removed, altered or forged names it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (all, a) => {
        const bucket = await startBucket()
        await fill(bucket, all, {})
        const untouched = bucket.files()
        const paths = manifestsOf(untouched)
        const index = a % paths.length
        const [path = '', last = ''] = [paths[index], paths.at(-1)]
        const anchor = { name: 'kept.json', bytes: untouched.get(last) ?? Buffer.of() }
        const gap = {
          kind: 'missing',
          file: paths[index + 1],
          message: expect.stringContaining(`manifest ${index} is`),
        }
        const missing = path === last ? [] : [gap]
        const cutOff = path === last ? [{ file: path, message: expect.stringContaining('kept.json') }] : []
        for (const [how, tamperWith] of Object.entries(MANIFEST_HANDS)) {
          const files = new Map(untouched)
          tamperWith(files, path, files.get(path) ?? Buffer.of())
          const { faults } = await verifyFiles(files, { publicKey: keys.publicKey, anchor })
          const named = how === 'remove' ? missing : [{ file: path }]
          expect(faults).toHaveLength(named.length + cutOff.length)
          expect(faults).toEqual(
            expect.arrayContaining([...named, ...cutOff].map((it) => expect.objectContaining(it))),
          )
        }
      }),
      { numRuns: 12 },
    )
  })

  it('shows only by the signatures that a manifest was sealed anew with all later ones', async () => {
    const bucket = await startBucket()
    await fill(
      bucket,
      [
        { count: 2, hours: 1, restart: false },
        { count: 2, hours: 1, restart: false },
      ],
      {},
    )
    const files = bucket.files()
    const last = manifestsOf(files).at(-1) ?? ''
    const sealed = parseManifest(files.get(last) ?? Buffer.of())
    for (const signature of ['none', { algorithm: 'Ed25519', value: 5 }]) {
      files.set(last, Buffer.from(JSON.stringify({ ...sealed, signature })))
      const { faults } = await verifyFiles(files, { publicKey: keys.publicKey })
      expect(faults).toMatchObject([{ kind: 'damaged', file: last }])
    }
    const { manifest } = sealed ?? {}
    if (manifest === undefined) throw new Error('no manifest')
    files.set(last, sealManifest({ ...manifest, objects: [{ key: 'no more' }] as never }, undefined))
    expect((await verifyFiles(files)).faults).toMatchObject([{ kind: 'damaged', file: last }])
    files.set(last, sealManifest({ ...manifest, to: '2026-11-24T00:00:00Z' }, undefined))
    expect((await verifyFiles(files)).faults).toEqual([])
    expect((await verifyFiles(files, { publicKey: keys.publicKey })).faults).toMatchObject([
      { kind: 'changed', file: last },
    ])
  })

  it('names what was changed around the hash of the last manifest', async () => {
    const bucket = await startBucket()
    await fill(bucket, [{ count: 2, hours: 1, restart: false }], {})
    const files = bucket.files()
    const last = manifestsOf(files).at(-1) ?? ''
    const text = String(files.get(last))
    const changes = [
      (it: string) => it.replace('{', '{"more":1,'),
      (it: string) => it.replace('"number":', '"number":9,"number":'),
      (it: string) => it.replace('{"manifest":', '{"manifest":{"number":9},"manifest":'),
      (it: string) => JSON.stringify(JSON.parse(it), undefined, 2),
      (it: string) => `${it}\n`,
      (it: string) => it.trimEnd(),
      (it: string) => it.replace(/"key":"[0-9a-f]{16}"/, '"key":"0123456789abcdef"'),
      (it: string) => it.replace(/,"key":"[0-9a-f]{16}"/, ''),
      (it: string) => it.replace('=="}}', '"}}'),
    ]
    for (const change of changes) {
      files.set(last, Buffer.from(change(text)))
      const { faults } = await verifyFiles(files, { publicKey: keys.publicKey })
      expect(faults, String(change)).toMatchObject([{ kind: 'changed', file: last }])
    }
  })

  it('lists what this process wrote even if it vanished since, and nothing that another hand put there', async () => {
    const bucket = await startBucket()
    const sink = bucket.open()
    await write(sink, batchOf(eventsAt(bucket, 2, 0), lineFormat('native')))
    const [first] = dataOf(bucket.files())
    const object = bucket.emulator.objects.get(first ?? '')
    if (object === undefined) throw new Error('nothing was written')
    bucket.emulator.objects.delete(object.key)
    const key = object.key.replace(/[0-9a-f]{12}\.nd/, 'abcdefabcdef.nd')
    bucket.emulator.objects.set(key, { ...object, key })
    bucket.now += 2 * HOUR
    await sink.tend?.(calm)
    const { faults } = await verifyFiles(bucket.files())
    expect(faults.map(({ kind, file }) => [kind, file]).sort()).toEqual([
      ['added', key],
      ['missing', object.key],
    ])
  })

  it('continues when a clock that was days ahead is right again: what is written next is listed by the next process', async () => {
    const bucket = await startBucket()
    const ahead = 72 * HOUR
    await fill(bucket, [{ count: 2, hours: 1, restart: false }], {})
    bucket.now += ahead
    await fill(bucket, [{ count: 2, hours: 0, restart: false }], {})
    bucket.now -= ahead
    const behind = bucket.open()
    await write(behind, batchOf(eventsAt(bucket, 3, 100), lineFormat('native')))
    await behind.close()
    bucket.now += HOUR
    await bucket.open().tend?.(calm)
    const report = await verifyFiles(bucket.files(), { publicKey: keys.publicKey })
    expect(report).toMatchObject({ ok: true, events: 7 })
    expect(report.notes.filter((note) => /no manifest/.test(note))).toEqual([])
  })

  it('survives failures of the store at any request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), async (calls) => {
        const bucket = await startBucket()
        const sink = bucket.open()
        const events = eventsAt(bucket, 4, 0)
        bucket.emulator.fail({ reset: true }, calls % 4)
        await deliver(sink, batchOf(events, lineFormat('native')))
        bucket.now += 2 * HOUR
        bucket.emulator.fail({ reset: true }, calls % 5)
        for (let again = 0; again < 8; again++) await sink.tend?.(calm).catch(() => undefined)
        expect(await verifyFiles(bucket.files(), { publicKey: keys.publicKey })).toMatchObject({
          ok: true,
          events: 4,
        })
        expect(manifestsOf(bucket.files())).toHaveLength(2)
      }),
      { numRuns: 12 },
    )
  })

  it('names the time that has no manifest while none can be written, and is intact once it can', async () => {
    const bucket = await startBucket()
    const sink = bucket.open()
    await write(sink, batchOf(eventsAt(bucket, 2, 0), lineFormat('native')))
    bucket.emulator.rules.denied.add('s3:ListBucket')
    bucket.now += 3 * HOUR
    const failure = await sink.tend?.(calm).catch((error: unknown) => error)
    expect(messageOf(failure)).toMatch(
      /^the manifest of the time from 2026-11-22T22:00:00Z on could not be written: AccessDenied, HTTP 403: Access Denied; grant .*s3:ListBucket/,
    )
    const { ok, notes } = await verifyFiles(bucket.files())
    expect([ok, notes]).toEqual([
      true,
      expect.arrayContaining([
        expect.stringContaining(
          'the time from 2026-11-22T22:00:00Z on has no manifest yet: 1 object is in none',
        ),
      ]),
    ])
    bucket.emulator.rules.denied.clear()
    await sink.tend?.(calm)
    const mended = await verifyFiles(bucket.files(), { publicKey: keys.publicKey })
    expect(mended).toMatchObject({ ok: true, manifests: 2 })
    expect(mended.notes.join()).not.toContain('has no manifest yet')
  })

  it.each(['native', 'raw', 'cef'] as const)('has %s objects that are in no manifest yet', async (format) => {
    const bucket = await startBucket()
    const sink = bucket.open({ manifest: { every: '24h' } }, format)
    const old = auditEvents(3).map((event) => ({ ...event, timestamp: event.timestamp - 80_000 }))
    const notesOf = () =>
      inFolder(async (folder) => {
        await writeAll(folder, bucket.files())
        const { faults, notes } = await verifyPath(folder, { redacted: true })
        expect(faults).toEqual([])
        return notes.join()
      })

    bucket.now += 2 * HOUR
    await write(sink, batchOf(old, lineFormat(format)))
    expect(await notesOf(), 'what a first read brings').toContain('has no manifest yet')
    bucket.now += 30 * HOUR
    await sink.tend?.(calm)
    expect(await notesOf(), 'listed').not.toContain('has no manifest yet')
    await write(sink, batchOf(eventsAt(bucket, 2, 10), lineFormat(format)))
    expect(await notesOf(), 'what came since').toContain('has no manifest yet')
    await sink.close()
  })

  it('with two sinks is judged by the manifests of each', async () => {
    const bucket = await startBucket()
    const daily = bucket.open({ prefix: 'daily', manifest: { every: '24h' } })
    const hourly = bucket.open({ prefix: 'hourly' })
    const batch = batchOf(auditEvents(3), lineFormat('native'))
    for (const sink of [daily, hourly]) await write(sink, batch)
    bucket.now += 26 * HOUR
    for (const sink of [daily, hourly]) await sink.tend?.(calm)
    const later = batchOf(eventsAt(bucket, 3, 10), lineFormat('native'))
    for (const sink of [daily, hourly]) await write(sink, later)
    bucket.now += 3 * HOUR
    for (const sink of [daily, hourly]) await sink.tend?.(calm)
    for (const sink of [daily, hourly]) await sink.close()

    const files = bucket.files()
    const [object = ''] = [...files.keys()].filter((key) => /^hourly\/org=/.test(key))
    const added = object.replace(/[0-9a-f]{12}\.nd/, 'abcdefabcdef.nd')
    const faultsOf = (all: Map<string, Buffer>) =>
      inFolder(async (folder) => {
        await writeAll(folder, all)
        return (await verifyPath(folder)).faults
      })

    expect(await faultsOf(files)).toEqual([])
    expect(await faultsOf(new Map([...files, [added, files.get(object) ?? Buffer.of()]]))).toEqual([
      expect.objectContaining({ kind: 'added', file: added }),
    ])
  })

  it('is read in place, by s3://', async () => {
    const bucket = await startBucket()
    await fill(bucket, [{ count: 3, hours: 1, restart: false }], {})
    const { emulator } = bucket
    vi.stubEnv('AWS_ACCESS_KEY_ID', emulator.key.id)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', emulator.key.secret)
    onTestFinished(() => void vi.unstubAllEnvs())
    const check = async (anchor?: { name: string; bytes: Buffer }) => {
      const place = await openS3(`s3://${emulator.bucket}/audit/pulumi`, {
        endpoint: emulator.url,
        region: emulator.region,
      })
      const report = await verify(place, { publicKey: keys.publicKey, anchor, redacted: false })
      place.close()
      return report
    }
    expect(await check()).toMatchObject({ ok: true, events: 3 })
    const [path = ''] = dataOf(bucket.files())
    emulator.objects.delete(path)
    expect((await check()).faults).toMatchObject([
      { kind: 'missing', file: path.replace('audit/pulumi/', '') },
    ])
    for (const manifest of manifestsOf(bucket.files()).reverse()) {
      const bytes = emulator.objects.get(manifest)?.body ?? Buffer.of()
      emulator.objects.delete(manifest)
      const { faults } = await check({ name: 'kept.json', bytes })
      expect(faults.find(({ message }) => message.includes('kept.json'))).toMatchObject({
        kind: 'missing',
        file: manifest.replace('audit/pulumi/', ''),
      })
    }
  })

  it('copied from below its prefix names a missing manifest by where it would be', async () => {
    const bucket = await startBucket()
    await fill(
      bucket,
      [1, 2].map(() => ({ count: 3, hours: 2, restart: false })),
      {},
    )
    const below = (path: string) => path.replace('audit/pulumi/', '')
    const files = new Map([...bucket.files()].map(([path, bytes]) => [below(path), bytes]))
    const last = below(manifestsOf(bucket.files()).at(-1) ?? '')
    const anchor = { name: 'kept.json', bytes: files.get(last) ?? Buffer.of() }
    files.delete(last)
    expect((await verifyFiles(files, { anchor })).faults).toMatchObject([{ kind: 'missing', file: last }])
  })
})
