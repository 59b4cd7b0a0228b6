/** Object Lock is asked about before it is relied on: a store may take its headers and lock nothing. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type S3Emulator, startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { faultOf } from '../../../test/emulators/s3/errors.ts'
import { batchOf, calm, eventAt, NINE, openSink } from './fixtures/rig.ts'

const RIGHT = 's3:GetBucketObjectLockConfiguration'
const storage = { object_lock: 'governance', retain_for: '30d' }
const batch = batchOf([eventAt(NINE)])

let emulator: S3Emulator
const asked = () => emulator.requests.filter((it) => it.includes('object-lock')).length

async function withSink<T>(use: (sink: ReturnType<typeof openSink>) => Promise<T>, options = {}): Promise<T> {
  const sink = openSink({ ...emulator.options, storage, ...options })
  try {
    return await use(sink)
  } finally {
    await sink.close()
  }
}
const write = (options = {}) => withSink((sink) => sink.write(batch, calm), options)
const check = (options = {}) => withSink(async (sink) => sink.check?.(calm), options)

beforeEach(async () => {
  emulator = await startS3Emulator()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await emulator.stop()
})

describe('writing', () => {
  test('a store that accepts the headers but locks nothing gets no objects', async () => {
    emulator.rules.objectLock = 'ignored'
    expect(await write({ manifest: {} })).toEqual([
      {
        kind: 'pause',
        reason: expect.stringMatching(/^bucket acme-audit locks no objects; .*`storage\.object_lock`/),
      },
    ])
    expect([...emulator.objects.keys()]).toEqual([])
  })

  test('it is asked again until it locks, and then no more', async () => {
    emulator.rules.objectLock = 'ignored'
    await withSink(async (sink) => {
      expect(await sink.write(batch, calm)).toMatchObject([{ kind: 'pause' }])
      emulator.rules.objectLock = true
      for (const n of [0, 1]) {
        expect(await sink.write(batchOf([eventAt(NINE, n)]), calm)).toEqual([{ kind: 'delivered' }])
      }
    })
    expect(asked()).toBe(2)
  })

  test.each([
    ['a store that knows no such question', faultOf('NotImplemented'), 'delivered'],
    ['a method that is not allowed', faultOf('MethodNotAllowed'), 'delivered'],
    ['an answer without a configuration', { status: 200, body: '<ListBucketResult/>' }, 'delivered'],
    ['a bucket without one', faultOf('ObjectLockConfigurationNotFoundError'), 'pause'],
    ['a store that is busy', faultOf('SlowDown'), 'retry'],
    [
      'a right that is missing: the store that has such rights has locks',
      faultOf('AccessDenied'),
      'delivered',
    ],
  ] as const)('%s', async (_, fault, kind) => {
    emulator.fail(fault, 1)
    expect(await write()).toMatchObject([{ kind }])
    expect(emulator.objects.size).toBe(kind === 'delivered' ? 1 : 0)
  })

  test('nothing is asked without Object Lock', async () => {
    expect(await write({ storage: {} })).toEqual([{ kind: 'delivered' }])
    expect(asked()).toBe(0)
  })

  test('nothing is asked of AWS, which refuses by itself', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', emulator.url)
    expect(await write({ endpoint: undefined })).toEqual([{ kind: 'delivered' }])
    emulator.rules.objectLock = false
    expect(await write({ endpoint: undefined, prefix: 'other' })).toMatchObject([
      { kind: 'pause', reason: expect.stringMatching(/missing Object Lock Configuration; .*`storage`/) },
    ])
    expect(asked()).toBe(0)
  })
})

test('retention counts from the time of the store, and so do manifests, if our clock differs', async () => {
  const storeNow = Date.parse('2026-11-22T22:00:00Z')
  Object.assign(emulator.rules, { now: () => storeNow })
  await withSink(
    async (sink) => {
      const [refused] = await sink.write(batch, calm)
      expect(refused).toMatchObject({ reason: expect.stringContaining('RequestTimeTooSkewed') })
      expect(await sink.write(batch, calm)).toEqual([{ kind: 'delivered' }])
    },
    { manifest: {} },
  )
  const written = [...emulator.objects.values()]
  const days = written.map(({ headers }) => {
    const until = Date.parse(headers['x-amz-object-lock-retain-until-date'] ?? '')
    return Math.round((until - storeNow) / 86_400_000)
  })
  expect(days).toEqual([30, 30])
  const manifest = written.find(({ key }) => key.includes('manifests/'))
  expect(manifest?.body.toString()).toContain('"at":"2026-11-22T2')
})

describe('check', () => {
  test('a bucket that locks', async () => {
    expect(await check()).toEqual({
      ok: true,
      detail: 'bucket acme-audit answers, and locks objects',
      cure: '',
    })
  })

  test.each([false, 'ignored'] as const)('a bucket without Object Lock (%s)', async (objectLock) => {
    emulator.rules.objectLock = objectLock
    expect(await check()).toEqual({
      ok: false,
      detail: 'bucket acme-audit locks no objects',
      cure: expect.stringContaining('`storage.object_lock`'),
    })
  })

  test('without the permission to ask', async () => {
    emulator.rules.denied.add(RIGHT)
    expect(await check()).toEqual({
      ok: true,
      detail: `bucket acme-audit answers, but does not tell whether it locks objects (it takes ${RIGHT} to ask)`,
      cure: '',
    })
  })
})
