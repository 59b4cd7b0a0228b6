import { describe, expect, test } from 'vitest'
import { describeAwsEntrySink } from '../../../test/conformance/aws-entry-sink.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type KinesisEmulator, startKinesisEmulator } from '../../../test/emulators/kinesis/emulator.ts'
import { config } from './config.ts'
import { encodeRecord } from './encode.ts'
import { definition } from './index.ts'

const optionsOf = ({ stream, region, key, url }: KinesisEmulator) => ({
  ...{ stream, region, endpoint: url },
  ...{ access_key_id: key.id, secret_access_key: key.secret },
})
const calm = new AbortController().signal

describeAwsEntrySink<KinesisEmulator>({
  definition,
  start: (now) => startKinesisEmulator(now === undefined ? {} : { now }),
  optionsOf,
  received: ({ records }) => records.map(({ uid }) => uid),
  failEntry: ({ refused }, uid, code) => void refused.set(uid, code),
  failedAnswer: (_, ErrorCode, ErrorMessage) => ({
    ...{ FailedRecordCount: 1, Records: [{ ErrorCode, ErrorMessage }] },
  }),
  requestErrors: [
    ['InvalidArgumentException', 'split'],
    ['ValidationException', 'split'],
    ['SerializationException', 'split'],
    ['KMSAccessDeniedException', 'pause'],
    ['KMSDisabledException', 'pause'],
    ['KMSInvalidStateException', 'pause'],
    ['KMSNotFoundException', 'pause'],
    ['KMSOptInRequired', 'pause'],
    ['KMSThrottlingException', 'retry'],
    ['InternalFailureException', 'retry'],
    ['LimitExceededException', 'retry'],
    ['ProvisionedThroughputExceededException', 'retry'],
    ['ResourceNotFoundException', 'pause'],
    ['ResourceInUseException', 'pause'],
  ],
  entryErrors: [
    ['ProvisionedThroughputExceededException', false, 'retry'],
    ['InternalFailure', false, 'retry'],
    ['NeverHeardOf', false, 'pause'],
  ],
})

async function withStream<T>(
  use: (emulator: KinesisEmulator) => Promise<T>,
  options: Parameters<typeof startKinesisEmulator>[0] = {},
): Promise<T> {
  const emulator = await startKinesisEmulator(options)
  return use(emulator).finally(() => emulator.stop())
}

describe('the partition key', () => {
  test.each([
    ['uid', 12],
    ['organization', 1],
    ['user', 3],
  ])('%s: %i different ones', (partition_key, count) =>
    withStream(async (emulator) => {
      const { sink, format } = openSink(definition, { ...optionsOf(emulator), partition_key })
      await sink.write(batchOf(auditEvents(12), format), calm)
      await sink.close()
      expect(new Set(emulator.records.map((it) => it.partitionKey)).size).toBe(count)
    }),
  )

  test('of an event without a user is its uid', () =>
    withStream(async (emulator) => {
      const { sink, format } = openSink(definition, { ...optionsOf(emulator), partition_key: 'user' })
      const [event] = auditEvents(1)
      if (event === undefined) throw new Error('no event')
      await sink.write(batchOf([{ ...event, actor: { type: 'system', login: '', name: '' } }], format), calm)
      await sink.close()
      expect(emulator.records).toMatchObject([{ partitionKey: event.uid }])
    }))

  test('is cut to 256 characters, and no half of one is left', () =>
    withStream(async (emulator) => {
      const { sink, format } = openSink(definition, { ...optionsOf(emulator), partition_key: 'user' })
      const login = `${'x'.repeat(255)}😀`
      const events = auditEvents(1).map((it) => ({ ...it, actor: { ...it.actor, login } }))
      await sink.write(batchOf(events, format), calm)
      await sink.close()
      expect(emulator.records).toMatchObject([{ partitionKey: `${'x'.repeat(255)}\ufffd` }])
    }))
})

const taken = { SequenceNumber: '1' }
const failed = { ErrorCode: 'InternalFailure', ErrorMessage: 'refused' }
test.each([
  [0, [taken, { SequenceNumber: '' }], 'delivered retry'],
  [0, [{ SequenceNumber: 7 }, { SequenceNumber: '', ErrorCode: '' }], 'retry retry'],
  [1, [taken, taken], 'retry retry'],
  [0, [taken, failed], 'retry retry'],
  ['1', [taken, failed], 'retry retry'],
  [1, [taken, failed], 'delivered retry'],
  [undefined, [taken, taken], 'delivered delivered'],
])('an answer with %j failures among %j: %s', (FailedRecordCount, Records, kinds) =>
  withStream(async (emulator) => {
    emulator.fail({ status: 200, body: JSON.stringify({ FailedRecordCount, Records }) }, 1)
    const { sink, format } = openSink(definition, optionsOf(emulator))
    const outcomes = await sink.write(batchOf(auditEvents(2), format), calm)
    expect(outcomes.map(({ kind }) => kind).join(' ')).toBe(kinds)
    await sink.close()
  }),
)

test.each([1, 3])('an answer with %i records for 2 proves nothing', (count) =>
  withStream(async (emulator) => {
    const Records = Array.from({ length: count }, () => ({ SequenceNumber: '1', ShardId: 's' }))
    emulator.fail({ status: 200, body: JSON.stringify({ FailedRecordCount: 0, Records }) }, 1)
    const { sink, format } = openSink(definition, optionsOf(emulator))
    expect(await sink.write(batchOf(auditEvents(2), format), calm)).toMatchObject([
      { kind: 'retry' },
      { kind: 'retry' },
    ])
    await sink.close()
  }),
)

test('an event spread by its uid is not parsed', () => {
  const given = {
    ...{ uid: 'u', timestamp: 0, payload: Buffer.from('{}') },
    get event(): never {
      throw new Error('parsed')
    },
  }
  expect(encodeRecord(given, 'uid').entry.key).toBe('u')
  expect(() => encodeRecord(given, 'user')).toThrow('parsed')
})

describe('check', () => {
  test('of an unknown region', async () => {
    const { sink } = openSink(definition, {
      stream: 'pulumi-audit',
      region: 'nowhere',
      ...{ access_key_id: 'a', secret_access_key: 'b' },
    })
    expect(await sink.check?.(calm)).toMatchObject({ ok: false, cure: expect.stringContaining('`region`') })
    await sink.close()
  })

  test('of a missing stream', () =>
    withStream(async (emulator) => {
      const { sink } = openSink(definition, { ...optionsOf(emulator), stream: 'nobody' })
      expect(await sink.check?.(calm)).toMatchObject({ ok: false, cure: expect.stringContaining('create') })
      await sink.close()
    }))

  test('of a stream that is being created', () =>
    withStream(
      async (emulator) => {
        const { sink } = openSink(definition, optionsOf(emulator))
        expect(await sink.check?.(calm)).toMatchObject({
          ok: false,
          detail: 'stream pulumi-audit is CREATING',
        })
        await sink.close()
      },
      { status: 'CREATING' },
    ))

  test('without the permission', () =>
    withStream(async (emulator) => {
      emulator.denied.add('DescribeStreamSummary')
      const { sink } = openSink(definition, optionsOf(emulator))
      expect(await sink.check?.(calm)).toMatchObject({
        cure: expect.stringContaining('kinesis:DescribeStreamSummary'),
      })
      await sink.close()
    }))
})

test('an invalid name is refused', () => {
  const { error } = config.safeParse({ stream: 'arn:aws:kinesis:eu-west-1:1:stream/a' })
  expect(error?.issues.map((it) => it.message)).toEqual([expect.stringContaining('a name alone')])
})

test('the preview shows the record as text and no secret', () => {
  const options = config.parse({ stream: 'a', access_key_id: 'AK', secret_access_key: 'hidden' })
  const { format } = openSink(definition, { stream: 'a' })
  const batch = batchOf(auditEvents(1), format)
  const preview = definition.preview?.(options, { format, version: '0' }, batch)
  expect(JSON.parse(preview?.body ?? '')).toEqual([
    { Data: Buffer.from(batch.events[0]?.payload ?? []).toString(), PartitionKey: batch.events[0]?.uid },
  ])
  expect(JSON.stringify(preview)).not.toContain('hidden')
})
