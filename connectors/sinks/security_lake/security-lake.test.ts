import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { fixOptions, formatOptions } from '../../../src/formats/options.ts'
import { batchOf } from '../../../test/conformance/batches.ts'
import { checkOnce, writeOnce } from '../../../test/conformance/once.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type S3Emulator, startS3Emulator } from '../../../test/emulators/s3/emulator.ts'
import { type ErrorCode, faultOf } from '../../../test/emulators/s3/errors.ts'
import { chunksOf } from '../../../test/emulators/s3/parquet-pages.ts'
import { readParquet } from '../../../test/emulators/s3/read-parquet.ts'
import { eventOf, eventOfEach } from '../../../test/formats/sample-events.ts'
import { CLASSES } from './columns.ts'
import { config } from './config.ts'
import { definition } from './index.ts'

const BUCKET = 'aws-security-data-lake-eu-west-1-x1y2z3'
const lake = lineFormat('ocsf', { ocsf: { version: '1.3.0', raw_data: true } })
let emulator: S3Emulator

const open = (options: Record<string, unknown> = {}) =>
  openSink(definition, { ...emulator.options, ...options })
const write = (events: readonly AuditEvent[], options?: Record<string, unknown>, format = lake) =>
  writeOnce({ ...open(options), format }, events)
const check = (options: Record<string, unknown> = {}) => checkOnce(open(options))

const objects = () => [...emulator.objects.values()]
const stored = () => objects().flatMap(({ body }) => readParquet(body).rows) as Row[]
type Row = Record<string, unknown> & { metadata: { uid: string } }

/** What the format writes for an event, with JSON as text where the columns have text. */
function expected(event: AuditEvent, format = lake): Row {
  return JSON.parse(format.encode(event), (name, value) =>
    (name === 'unmapped' || name === 'data') && typeof value === 'object' ? JSON.stringify(value) : value,
  )
}

const at = (events: readonly AuditEvent[], from = 1_795_384_800): AuditEvent[] =>
  events.map((event, index) => ({ ...event, timestamp: from + index, uid: `${index}`.padStart(64, '0') }))

beforeEach(async () => {
  emulator = await startS3Emulator({ bucket: BUCKET })
})
afterEach(() => emulator.stop())

/** Each kind of event: unchanged, bare, by nobody, and with everything that it may have. */
function everyKind(): AuditEvent[] {
  const full = {
    type: 'stack',
    name: 'n',
    project: 'p',
    stack: 's',
    updateId: 'u',
    user: 'bob',
    role: 'admin',
  }
  return eventOfEach().flatMap((event): AuditEvent[] => {
    const { target: _, sourceIp: __, token: ___, ...bare } = event
    return [
      event,
      bare,
      { ...bare, actor: { type: 'system', login: '', name: '' } },
      {
        ...event,
        actor: {
          type: 'agent',
          login: 'é\u0000',
          name: 'N',
          email: 'n@x.example',
          urn: 'urn:1',
          avatarUrl: 'https://a',
        },
        token: { id: 'id', name: 'ci' },
        sourceIp: 'no address',
        target: full,
        outcome: 'failure',
        authFailure: true,
        enrichment: { geo: { country: 'DE', region: 'BE', city: 'Berlin' }, fields: { team: 'x', n: 1.5 } },
        raw: { timestamp: 1, newMember: { deep: [1, null, 'x'] } },
      },
    ]
  })
}

describe('objects', () => {
  test('each kind of event comes back value by value, and one class is in each object', async () => {
    const events = at(everyKind())
    const outcomes = await write(events)
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['delivered']))
    const rows = new Map(stored().map((row) => [row.metadata.uid, row]))
    expect(rows.size).toBe(events.length)
    for (const event of events) expect(rows.get(event.uid)).toEqual(expected(event))
    const classes = objects().map(({ body }) => new Set(readParquet(body).rows.map((row) => row.class_uid)))
    expect(classes.every(({ size }) => size === 1)).toBe(true)
    expect(new Set(classes.flatMap((it) => [...it])).size).toBe(Object.keys(CLASSES).length)
  })

  test('each class has the custom source that is named after it', async () => {
    await write(at(everyKind()))
    const sources = objects().map(({ key, body }) => [
      readParquet(body).rows[0]?.class_uid,
      key.split('/')[1],
    ])
    expect(Object.fromEntries(sources)).toEqual({
      0: 'pulumi_base',
      3001: 'pulumi_account',
      3002: 'pulumi_auth',
      3004: 'pulumi_entity',
      3005: 'pulumi_access',
      3006: 'pulumi_group',
      6003: 'pulumi_api',
    })
  })

  test('by default they are no larger and no more frequent than Security Lake wants them', () => {
    const { defaults, maxBytes = Number.POSITIVE_INFINITY } = definition.limits(
      config.parse(emulator.options),
    )
    expect(maxBytes).toBeLessThanOrEqual(256 * 2 ** 20)
    expect(defaults.maxAgeMs).toBeGreaterThanOrEqual(300_000)
  })

  test('its columns are the same, whatever the events have', async () => {
    const [event] = eventOfEach()
    if (event === undefined) throw new Error('no event')
    const { target: _, sourceIp: __, token: ___, ...bare } = event
    await write(at([bare]))
    await write(
      at(
        everyKind().filter(({ action }) => action === event.action),
        1_795_471_200,
      ),
    )
    const types = objects().map(
      ({ key, body }) => [key.split('/')[1], JSON.stringify(readParquet(body).types)] as const,
    )
    const bySource = Map.groupBy(types, ([source]) => source)
    for (const [, same] of bySource) expect(new Set(same.map(([, text]) => text)).size).toBe(1)
    const first = JSON.parse(types[0]?.[1] ?? '')
    expect(first).toMatchObject({ time: 'Int64', class_uid: 'Int32', unmapped: 'Utf8', message: 'Utf8' })
    expect(first.observables).toBe('List<Struct<{name:Utf8, type_id:Int32, value:Utf8}>>')
  })

  test('they are in the partition of their source, region, account and day, sorted by time', async () => {
    const midnight = 1_795_392_000
    const created = eventOf({ event: 'stack-created' })
    const events = at([created, created, created, created], midnight - 2).toReversed()
    await write(events)
    const keys = objects()
      .map(({ key }) => key)
      .toSorted()
    const start = 'ext/pulumi_api/region=eu-west-1/accountId=external_acme/eventDay='
    expect(keys).toEqual([
      expect.stringMatching(
        new RegExp(`^${start}20261122/${midnight - 2}-${midnight - 1}-[0-9a-f]{12}\\.parquet$`),
      ),
      expect.stringMatching(
        new RegExp(`^${start}20261123/${midnight}-${midnight + 1}-[0-9a-f]{12}\\.parquet$`),
      ),
    ])
    for (const { body, headers } of objects()) {
      const times = readParquet(body).rows.map(({ time }) => time as number)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(headers).toMatchObject({
        'if-none-match': '*',
        'content-type': 'application/vnd.apache.parquet',
      })
    }
  })

  test('account, sources and the characters of an organisation are as configured', async () => {
    await write(at([eventOf({ event: 'stack-created' })]), {
      ...{ account_id: '111122223333', custom_sources: { api_activity: 'my-api/1.0' } },
    })
    expect(objects()[0]?.key).toMatch(
      /^ext\/my-api\/1\.0\/region=eu-west-1\/accountId=111122223333\/eventDay=/,
    )
    const batch = { ...batchOf(at([eventOf({ description: 'é' })]), lake), organization: 'a/b=é' }
    const preview = definition.preview?.(
      config.parse(emulator.options),
      { format: lake, version: '0' },
      batch,
    )
    expect(preview?.place).toContain('/accountId=external_a_b__/')
    expect(JSON.parse(preview?.body ?? '')).toMatchObject({ message: 'é', unmapped: expect.any(String) })
    expect(JSON.stringify(preview)).not.toContain(emulator.key.secret)
  })

  test('the same events are the same bytes under the same key, and stored once', async () => {
    const events = at(everyKind().slice(0, 40))
    await write(events)
    const before = new Map([...emulator.objects].map(([key, { body }]) => [key, body]))
    expect((await write(events.toReversed())).every(({ kind }) => kind === 'delivered')).toBe(true)
    expect(emulator.objects.size).toBe(before.size)
    emulator.objects.clear()
    await write(events.toReversed())
    expect(new Map([...emulator.objects].map(([key, { body }]) => [key, body]))).toEqual(before)
  })

  test.each([true, false])('the engine encodes in 1.3.0, with raw_data: %s', async (raw_data) => {
    const events = at(everyKind())
    const options = formatOptions.parse({ ocsf: { version: '1.9.0', raw_data } })
    const format = lineFormat('ocsf', fixOptions(options, definition.fixedFormatOptions))
    await write(events, {}, format)
    const rows = new Map(stored().map((row) => [row.metadata.uid, row]))
    for (const event of events) expect(rows.get(event.uid)).toEqual(expected(event, format))
    expect(rows.values().every((row) => 'raw_data' in row === raw_data)).toBe(true)
  })

  test.each(['1.9.0', '1.8.0'] as const)(
    'events of %s are refused, because columns lack some of their members',
    async (version) => {
      const format = lineFormat('ocsf', { ocsf: { version, raw_data: false } })
      const reason = `an event of OCSF ${version}, not 1.3.0`
      expect(await write(at(everyKind().slice(0, 3)), {}, format)).toEqual(
        Array(3).fill({ kind: 'retry', reason }),
      )
      expect(emulator.objects.size).toBe(0)
    },
  )

  test('what was aborted is not stored, and is written again as if it never had been', async () => {
    const events = at(Array.from({ length: 3_000 }, () => eventOf({ event: 'stack-created' })))
    const { sink } = open()
    const aborted = new AbortController()
    const writing = sink.write(batchOf(events, lake), aborted.signal)
    aborted.abort(new Error('stopped'))
    await expect(writing).rejects.toThrow('stopped')
    expect(emulator.objects.size).toBe(0)
    const outcomes = await sink.write(batchOf(events, lake), new AbortController().signal)
    await sink.close()
    expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true)
    expect(stored()).toHaveLength(events.length)
  })

  test('pages and row groups keep within the bounds of Security Lake, whatever the texts are', async () => {
    const created = eventOf({ event: 'stack-created' })
    const texts = ['€', '', 'x'.repeat(60_000), '€'.repeat(20_000)]
    // From 16:00 on, so that all are on one day.
    const events = at(
      Array.from({ length: 9_000 }, (_, n) => ({
        ...created,
        description: `${texts[n % (n < 400 ? 4 : 2)]}${n % 4 > 1 ? n : ''}`,
      })),
      1_795_363_200,
    )
    await write(events)
    const [object] = objects()
    if (object === undefined) throw new Error('no object')
    const groups = await chunksOf(object.body)
    expect(groups.length).toBeGreaterThan(1)
    for (const { pages, isZstd } of groups.flat()) {
      expect(Math.max(...pages)).toBeLessThanOrEqual(2 ** 20)
      expect(isZstd).toBe(true)
    }
    expect(groups[0]?.find(({ column }) => column === 'message')?.pages.length).toBeGreaterThan(20)
    expect(readParquet(object.body).rows.map(({ message }) => message ?? '')).toEqual(
      events.map((it) => it.description),
    )
  })

  test('a fraction of a millisecond is dropped, and costs no event', async () => {
    const created = eventOf({ event: 'stack-created' })
    const events = at([created, created]).map((it, n) => (n === 0 ? { ...it, observedAt: 1.9 } : it))
    expect((await write(events)).map(({ kind }) => kind)).toEqual(['delivered', 'delivered'])
    const times = new Map(stored().map(({ metadata }) => [metadata.uid, metadata]))
    expect(times.get(events[0]?.uid ?? '')).toMatchObject({ logged_time: 1 })
  })

  test('only an event whose day no key can hold is rejected', async () => {
    const created = eventOf({ event: 'stack-created' })
    const events = at([created, created]).map((it, n) => (n === 0 ? it : { ...it, timestamp: 1e12 }))
    expect((await write(events)).map(({ kind }) => kind)).toEqual(['delivered', 'rejected'])
  })
})

describe('what an answer means', () => {
  const events = at([eventOf({ event: 'stack-created' })])

  test.each<[ErrorCode, string, RegExp?]>([
    ['SlowDown', 'retry'],
    ['InternalError', 'retry'],
    ['ServiceUnavailable', 'retry'],
    ['RequestTimeout', 'retry'],
    ['OperationAborted', 'retry'],
    ['ConditionalRequestConflict', 'retry'],
    ['TooManyRequests', 'retry'],
    ['ExpiredToken', 'retry'],
    ['BadDigest', 'retry'],
    ['PreconditionFailed', 'delivered'],
    ['EntityTooLarge', 'split'],
    ['AccessDenied', 'pause', /each of `custom_sources`/],
    ['AuthorizationHeaderMalformed', 'pause', /region/],
    ['InvalidAccessKeyId', 'pause', /access_key_id/],
    ['InvalidArgument', 'pause'],
    ['KMS.DisabledException', 'pause', /key of the data lake/],
    ['NoSuchBucket', 'pause', /enable Security Lake/],
    ['PermanentRedirect', 'pause', /region/],
    ['RequestTimeTooSkewed', 'pause', /NTP/],
    ['SignatureDoesNotMatch', 'pause', /secret_access_key/],
  ])('%s: %s', async (code, kind, cure = /^/) => {
    emulator.fail(faultOf(code), 1)
    const [outcome] = await write(events)
    expect(outcome?.kind).toBe(kind)
    if (kind !== 'delivered') expect(outcome).toMatchObject({ reason: expect.stringMatching(cure) })
    expect(emulator.objects.size).toBe(0)
  })

  test.each([
    [200, 'retry'],
    [301, 'pause'],
    [400, 'pause'],
    [401, 'pause'],
    [403, 'pause'],
    [404, 'pause'],
    [408, 'retry'],
    [409, 'retry'],
    [413, 'split'],
    [429, 'retry'],
    [500, 'retry'],
    [501, 'pause'],
    [503, 'retry'],
  ] as const)('%i without a name: %s', async (status, kind) => {
    for (const body of ['', '<html>busy</html>']) {
      emulator.fail({ status, body }, 1)
      expect([body, (await write(events))[0]?.kind]).toEqual([body, kind])
    }
  })

  test('one class that is refused does not undo what was written before it', async () => {
    emulator.fail(faultOf('AccessDenied'), 1)
    const kinds = (
      await write(at([eventOf({ event: 'stack-created' }), eventOf({ event: 'user-login' })]))
    ).map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual(['delivered', 'pause'])
    expect(stored()).toHaveLength(1)
  })
})

test.each([
  ['a missing lake', () => ({ bucket: 'nobody' }), 'NoSuchBucket', 'enable Security Lake'],
  [
    'a wrong secret',
    () => ({ secret_access_key: 'wrong-secret' }),
    'SignatureDoesNotMatch',
    'secret_access_key',
  ],
  ['another region', () => ({ region: 'us-west-2' }), 'AuthorizationHeaderMalformed', 'eu-west-1'],
  [
    'a missing right',
    () => ({ bucket: (emulator.rules.denied.add('s3:ListBucket') && BUCKET) || '' }),
    'AccessDenied',
    's3:ListBucket',
  ],
  [
    'an unknown host',
    () => ({ endpoint: 'http://nowhere.invalid' }),
    'nowhere.invalid',
    'host name in `endpoint`',
  ],
])('check: %s', async (_, options, detail, cure) => {
  const result = await check(options())
  expect(result).toEqual({
    ok: false,
    detail: expect.stringContaining(detail),
    cure: expect.stringContaining(cure),
  })
  expect(JSON.stringify(result)).not.toContain('wrong-secret')
})

test('check lists the folder of the custom source, and changes nothing', async () => {
  expect(await check()).toEqual({ ok: true, detail: `data lake ${BUCKET} answers`, cure: '' })
  expect(emulator.requests).toEqual([expect.stringContaining('prefix=ext%2Fpulumi_api%2F')])
  expect(emulator.objects.size).toBe(0)
})

test.each([
  [{ bucket: 's3://lake' }, 'bucket', /a name alone, no s3:\/\//],
  [{ bucket: 'b' }, 'bucket', /3 to 63 lower-case letters, digits, dots and hyphens/],
  [{ bucket: 'Security_Lake' }, 'bucket', /3 to 63 lower-case letters, digits, dots and hyphens/],
  [{ region: 'Ireland' }, 'region', /eu-west-1/],
  [{ account_id: 'a/b' }, 'account_id', /letters/],
  [
    { custom_sources: { api_activity: 'much-too-long-a-name-for-this' } },
    'custom_sources.api_activity',
    /20/,
  ],
  [{ custom_sources: { api_activity: 'x', authentication: 'x' } }, 'custom_sources', /of its own/],
  [{ access_key_id: 'AK', secret_access_key: undefined }, '', /belong together/],
])('%j is refused', (options, path, message) => {
  const { error } = config.safeParse({ ...emulator.options, ...options })
  expect(error?.issues.map((it) => [it.path.join('.'), it.message])).toEqual([
    [path, expect.stringMatching(message)],
  ])
})
