import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outcome } from '../../../src/outcome.ts'
import {
  type S3Emulator,
  type S3EmulatorOptions,
  startS3Emulator,
} from '../../../test/emulators/s3/emulator.ts'
import { faultOf } from '../../../test/emulators/s3/errors.ts'
import { batchOf, calm, eventAt, NINE, openSink } from './fixtures/rig.ts'

let emulator: S3Emulator
const start = async (options: S3EmulatorOptions = {}) => {
  await emulator.stop()
  emulator = await startS3Emulator(options)
}
const batch = batchOf([eventAt(NINE)])

async function write(options: Record<string, unknown> = {}, more: Parameters<typeof openSink>[1] = {}) {
  const sink = openSink({ ...emulator.options, ...options }, more)
  const [outcome] = await sink.write(batch, calm)
  await sink.close()
  return outcome as Extract<Outcome, { reason: string }>
}

beforeEach(async () => {
  emulator = await startS3Emulator()
})
afterEach(() => emulator.stop())

describe('by the name of the error', () => {
  test.each([
    ['SlowDown', 'retry'],
    ['InternalError', 'retry'],
    ['ServiceUnavailable', 'retry'],
    ['RequestTimeout', 'retry'],
    ['OperationAborted', 'retry'],
    ['ConditionalRequestConflict', 'retry'],
    ['TooManyRequests', 'retry'],
    ['ExpiredToken', 'retry'],
    ['BadDigest', 'retry'],
    ['IncompleteBody', 'retry'],
    ['XAmzContentSHA256Mismatch', 'retry'],
    ['AccessDenied', 'pause'],
    ['AuthorizationHeaderMalformed', 'pause'],
    ['InvalidAccessKeyId', 'pause'],
    ['InvalidArgument', 'pause'],
    ['InvalidRequest', 'pause'],
    ['InvalidToken', 'pause'],
    ['KMS.DisabledException', 'pause'],
    ['KeyTooLongError', 'pause'],
    ['MethodNotAllowed', 'pause'],
    ['NoSuchBucket', 'pause'],
    ['NotImplemented', 'pause'],
    ['PermanentRedirect', 'pause'],
    ['RequestTimeTooSkewed', 'pause'],
    ['SignatureDoesNotMatch', 'pause'],
    ['EntityTooLarge', 'split'],
  ] as const)('%s: %s', async (code, kind) => {
    emulator.fail(faultOf(code), 1)
    const outcome = await write()
    expect(outcome.kind).toBe(kind)
    expect(outcome.reason).toMatch(new RegExp(`^${code}, HTTP \\d{3}: \\w`))
  })

  test('a configured token that expired needs a person', async () => {
    emulator.fail(faultOf('ExpiredToken'), 1)
    expect(await write({ session_token: 'token' })).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('renew the credentials'),
    })
  })

  test('412 is delivered only if the condition was requested', async () => {
    emulator.fail(faultOf('PreconditionFailed'), 2)
    expect((await write()).kind).toBe('delivered')
    expect((await write({ conditional_writes: false })).kind).toBe('pause')
  })

  test('409 passes by itself only if the condition was requested, or a name says so', async () => {
    emulator.fail({ status: 409, body: '' }, 1)
    expect((await write({ conditional_writes: false })).kind).toBe('pause')
    emulator.fail(faultOf('OperationAborted'), 1)
    expect((await write({ conditional_writes: false })).kind).toBe('retry')
  })
})

describe('by the status, when the answer names no error', () => {
  test.each([
    [301, 'pause'],
    [307, 'pause'],
    [400, 'pause'],
    [401, 'pause'],
    [403, 'pause'],
    [404, 'pause'],
    [408, 'retry'],
    [409, 'retry'],
    [413, 'split'],
    [418, 'pause'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [501, 'pause'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ] as const)('%i: %s', async (status, kind) => {
    for (const body of ['', 'busy', '<html><body>busy</body></html>', '{"code":1}']) {
      emulator.fail({ status, body }, 1)
      const outcome = await write()
      expect([body, outcome.kind]).toEqual([body, kind])
      expect(outcome.reason).toMatch(new RegExp(`^HTTP ${status}(;|$)`))
    }
  })

  test.each([302, 403, 404])(
    '%i without a name says what to check; one that passes by itself does not',
    async (status) => {
      emulator.fail({ status, body: '<html>sign in</html>' }, 1)
      expect((await write()).reason).toMatch(/^HTTP \d+; the answer names no error of S3; compare `endpoint`/)
      emulator.fail({ status: 502, body: '<html>busy</html>' }, 1)
      expect((await write()).reason).toBe('HTTP 502')
    },
  )

  test('Retry-After is passed on', async () => {
    emulator.fail({ status: 503, headers: { 'retry-after': '7' } }, 1)
    expect(await write()).toMatchObject({ kind: 'retry', afterMs: 7000 })
  })

  test.each([
    [200, '<html>sign in to the Wi-Fi</html>'],
    [204, ''],
  ])('a %i that S3 did not send is no success', async (status, body) => {
    emulator.fail({ status, body }, 1)
    const reason = `HTTP ${status} without an ETag: the answer is not from S3; check \`endpoint\` and \`proxy\``
    expect(await write()).toEqual({ kind: 'retry', reason })
  })

  test('nor is one to the first manifest, for which the events wait', async () => {
    emulator.fail({ status: 204, body: '' }, 3)
    const reason = expect.stringContaining('HTTP 204 without an ETag')
    expect(await write({ manifest: {} })).toMatchObject({ kind: 'retry', reason })
  })
})

describe('by what is really wrong', () => {
  test('a store without conditional writes', async () => {
    emulator.rules.conditionalWrites = false
    expect(await write()).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('conditional_writes: false'),
    })
    expect((await write({ conditional_writes: false })).kind).toBe('delivered')
  })

  test('a wrong secret, which is never shown', async () => {
    const secret = 'wrong/Secret+With.Signs'
    const outcome = await write({ secret_access_key: secret })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('secret_access_key') })
    expect(outcome.reason).toMatch(/^SignatureDoesNotMatch, HTTP 403/)
    expect(JSON.stringify(outcome)).not.toContain(secret)
  })

  test('a store that echoes the secret', async () => {
    const body = `<Error><Code>InvalidRequest</Code><Message>bad ${emulator.key.secret}!</Message></Error>`
    emulator.fail({ status: 400, body }, 1)
    expect((await write()).reason).toBe('InvalidRequest, HTTP 400: bad [secret]!')
  })

  test.each([
    ['an unknown key', { access_key_id: 'AKNOBODY' }, 'InvalidAccessKeyId'],
    ['another region', { region: 'us-west-2' }, 'set `region` to the region of the bucket: eu-west-1'],
    ['a bucket that is missing', { bucket: 'nobody' }, 'NoSuchBucket'],
    ['another owner', { storage: { expected_bucket_owner: '999999999999' } }, 'expected_bucket_owner'],
    ['a key that is too long', { prefix: 'x'.repeat(1024) }, 'KeyTooLongError'],
    ['an unknown host', { endpoint: 'http://nowhere.invalid' }, 'nowhere.invalid'],
  ])('%s', async (_, options, reason) => {
    expect(await write(options)).toMatchObject({ kind: 'pause', reason: expect.stringContaining(reason) })
  })

  test('a bucket in another region', async () => {
    await start({ rules: { region: 'ap-south-1' } })
    expect(await write()).toMatchObject({ kind: 'pause', reason: expect.stringContaining(': ap-south-1') })
  })

  test('a disabled KMS key', async () => {
    await start({ rules: { disabledKmsKeys: ['key-1'] } })
    expect(await write({ storage: { kms_key_id: 'key-1' } })).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('kms_key_id'),
    })
  })

  test('a bucket without Object Lock', async () => {
    await start({ rules: { objectLock: false } })
    const storage = { object_lock: 'governance', retain_for: '1d' }
    expect(await write({ storage })).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('locks no objects'),
    })
  })

  test('a refusal by Ceph, which only has a name', async () => {
    const body = '<Error><Code>InvalidRequest</Code></Error>'
    emulator.fail({ status: 400, body }, 1)
    const cure = 'compare `storage` with what the bucket allows: Object Lock enabled, the KMS key known'
    expect((await write({ storage: { kms_key_id: 'nobody' } })).reason).toBe(
      `InvalidRequest, HTTP 400; ${cure}`,
    )
  })

  test('a store without encryption', async () => {
    emulator.fail(faultOf('NotImplemented'), 1)
    expect((await write({ storage: { kms_key_id: 'any' } })).reason).toContain('leave that out of `storage`')
  })

  test('a clock that is off by an hour', async () => {
    await start({ rules: { now: () => Date.now() + 3_600_000 } })
    expect(await write()).toMatchObject({ kind: 'pause', reason: expect.stringContaining('NTP') })
  })

  test('where nobody listens, the events are written again', async () => {
    const options = emulator.options
    await emulator.stop()
    const sink = openSink(options)
    expect(await sink.write(batch, calm)).toMatchObject([{ kind: 'retry', reason: /ECONNREFUSED/ }])
    await sink.close()
    emulator = await startS3Emulator()
  })
})

test('one object that fails affects only its own events', async () => {
  const sink = openSink(emulator.options)
  emulator.fail(faultOf('SlowDown'), 1)
  const three = batchOf([eventAt(NINE), eventAt(NINE + 3600), eventAt(NINE + 7200), eventAt(NINE, 2)])
  const kinds = (await sink.write(three, calm)).map((it) => it.kind)
  expect(kinds.filter((it) => it === 'delivered').length + kinds.filter((it) => it === 'retry').length).toBe(
    4,
  )
  expect(kinds[0]).toBe(kinds[3])
  expect(emulator.objects.size).toBe(2)
  await sink.close()
})

test('a store that refuses is not asked for hundreds of objects', async () => {
  const sink = openSink(emulator.options)
  emulator.rules.denied.add('s3:PutObject')
  const many = batchOf(Array.from({ length: 200 }, (_, n) => eventAt(NINE + n * 3600)))
  const outcomes = await sink.write(many, calm)
  expect(new Set(outcomes.map((it) => it.kind))).toEqual(new Set(['pause']))
  expect(emulator.requests.length).toBeLessThanOrEqual(4)
  emulator.rules.denied.clear()
  expect((await sink.write(many, calm)).every((it) => it.kind === 'delivered')).toBe(true)
  await sink.close()
})
