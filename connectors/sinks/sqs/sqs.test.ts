import { describe, expect, test } from 'vitest'
import { describeAwsEntrySink } from '../../../test/conformance/aws-entry-sink.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type SqsEmulator, startSqsEmulator } from '../../../test/emulators/sqs/emulator.ts'
import { config, regionOf } from './config.ts'
import { definition } from './index.ts'

const optionsOf = ({ queueUrl, region, key }: SqsEmulator) => ({
  ...{ queue_url: queueUrl, region },
  ...{ access_key_id: key.id, secret_access_key: key.secret },
})
const calm = new AbortController().signal

describeAwsEntrySink<SqsEmulator>({
  definition,
  start: (now) => startSqsEmulator(now === undefined ? {} : { now }),
  optionsOf,
  received: ({ messages }) => messages.map(({ attributes }) => attributes.event_uid ?? ''),
  failEntry: ({ refused }, uid, Code, SenderFault) => void refused.set(uid, { Code, SenderFault }),
  failedAnswer: (Id, Code, Message) => ({ Failed: [{ Id, Code, Message, SenderFault: true }] }),
  requestErrors: [
    ['BatchRequestTooLong', 'split'],
    ['InvalidMessageContents', 'split'],
    ['InvalidAddress', 'pause'],
    ['KmsAccessDenied', 'pause'],
    ['KmsDisabled', 'pause'],
    ['KmsThrottled', 'retry'],
    ['OverLimit', 'retry'],
    ['QueueDoesNotExist', 'pause'],
    ['RequestThrottled', 'retry'],
    ['ServiceUnavailable', 'retry'],
    ['UnsupportedOperation', 'pause'],
  ],
  entryErrors: [
    ['InternalError', false, 'retry'],
    ['ServiceUnavailable', false, 'retry'],
    ['RequestThrottled', true, 'retry'],
    ['InvalidMessageContents', true, 'rejected'],
    ['InvalidParameterValue', true, 'rejected'],
    ['NeverHeardOf', true, 'rejected'],
    ['NeverHeardOf', false, 'retry'],
    ['AccessDenied', false, 'pause'],
    ['AccessDenied', true, 'pause'],
    ['KmsAccessDenied', true, 'pause'],
    ['KmsNotFound', true, 'pause'],
    ['KmsInvalidState', true, 'pause'],
    ['KmsInvalidKeyUsage', true, 'pause'],
    ['KmsOptInRequired', true, 'pause'],
    ['KMS.NotFoundException', true, 'pause'],
    ['KMS.AccessDeniedException', true, 'pause'],
    ['KMS.ThrottlingException', true, 'retry'],
    ['AWS.SimpleQueueService.NonExistentQueue', true, 'pause'],
  ],
})

async function withQueue<T>(fifo: boolean, use: (emulator: SqsEmulator) => Promise<T>): Promise<T> {
  const emulator = await startSqsEmulator({ fifo })
  return use(emulator).finally(() => emulator.stop())
}

describe('a FIFO queue', () => {
  test('keeps the order, one copy of each event, and the group', () =>
    withQueue(true, async (emulator) => {
      const { sink, format } = openSink(definition, optionsOf(emulator))
      const batch = batchOf(auditEvents(95), format)
      for (const _ of [1, 2]) await sink.write(batch, calm)
      await sink.close()
      expect(emulator.opened()).toBeLessThanOrEqual(2)
      expect(emulator.messages.map(({ deduplication }) => deduplication)).toEqual(
        batch.events.map(({ uid }) => uid),
      )
      expect(new Set(emulator.messages.map(({ group }) => group))).toEqual(new Set(['acme']))
    }))

  test('takes one batch at a time, unless told otherwise', () => {
    const inFlight = (queue_url: string) => definition.limits(config.parse({ queue_url })).defaults.inFlight
    const queue = 'https://sqs.eu-west-1.amazonaws.com/111122223333/audit'
    expect([inFlight(`${queue}.fifo`), inFlight(queue)]).toEqual([1, 2])
  })

  test('takes another group', () =>
    withQueue(true, async (emulator) => {
      const { sink, format } = openSink(definition, { ...optionsOf(emulator), message_group_id: 'pulumi' })
      await sink.write(batchOf(auditEvents(1), format), calm)
      await sink.close()
      expect(emulator.messages).toMatchObject([{ group: 'pulumi' }])
    }))
})

test('a standard queue gets several requests at once', () =>
  withQueue(false, async (emulator) => {
    const { sink, format } = openSink(definition, optionsOf(emulator))
    await sink.write(batchOf(auditEvents(400), format), calm)
    await sink.close()
    expect(emulator.actions).toHaveLength(40)
    expect(emulator.opened()).toBeGreaterThan(2)
  }))

test.each([
  ['of another body', 'd41d8cd98f00b204e9800998ecf8427e', 'retry'],
  ['that is none', '', 'retry'],
  ['that is missing', undefined, 'delivered'],
])('a success with a sum %s', (_, MD5OfMessageBody, kind) =>
  withQueue(false, async (emulator) => {
    const { sink, format } = openSink(definition, optionsOf(emulator))
    const batch = batchOf(auditEvents(1), format)
    const Successful = [{ Id: batch.events[0]?.uid, MessageId: 'm', MD5OfMessageBody }]
    emulator.fail({ status: 200, body: JSON.stringify({ Successful }) }, 1)
    expect(await sink.write(batch, calm)).toMatchObject([{ kind }])
    await sink.close()
  }),
)

test('characters that a queue refuses arrive as their escapes', () =>
  withQueue(false, async (emulator) => {
    const { sink, format } = openSink(definition, optionsOf(emulator))
    const events = auditEvents(1).map((event) => ({ ...event, description: 'a\u0000b\uffffc\ufffed\ud800' }))
    expect(await sink.write(batchOf(events, format), calm)).toEqual([{ kind: 'delivered' }])
    await sink.close()
    expect(JSON.parse(emulator.messages[0]?.body ?? '')).toMatchObject({
      description: 'a\u0000b\uffffc\ufffed\ud800',
    })
  }))

test.each([
  [{ path: '/111122223333/nobody' }, 'QueueDoesNotExist', 'create the queue'],
  [{ path: '' }, 'QueueDoesNotExist', 'create the queue'],
])('check of a queue that does not exist (%j)', ({ path }, detail, cure) =>
  withQueue(false, async (emulator) => {
    const queue_url = emulator.url + (path || '/other/audit')
    const { sink } = openSink(definition, { ...optionsOf(emulator), queue_url })
    expect(await sink.check?.(calm)).toEqual({
      ok: false,
      detail: expect.stringContaining(detail),
      cure: expect.stringContaining(cure),
    })
    await sink.close()
  }),
)

test('check names the missing permission', () =>
  withQueue(false, async (emulator) => {
    emulator.denied.add('GetQueueAttributes')
    const { sink } = openSink(definition, optionsOf(emulator))
    expect(await sink.check?.(calm)).toMatchObject({
      cure: expect.stringContaining('sqs:GetQueueAttributes'),
    })
    await sink.close()
  }))

describe('options', () => {
  const sqs = 'https://sqs.eu-west-1.amazonaws.com/111122223333/audit'
  test.each([
    [{ queue_url: 'https://sqs.eu-west-1.amazonaws.com' }, /expected the address of a queue/],
    [{ queue_url: sqs, message_group_id: 'a' }, /needs a FIFO queue/],
    [{ queue_url: `${sqs}.fifo`, message_group_id: 'a b' }, /visible ASCII/],
    [{ queue_url: sqs, access_key_id: 'AK' }, /belong together/],
  ])('%j is refused', (options, message) => {
    expect(config.safeParse(options).error?.issues.map((it) => it.message)).toEqual([
      expect.stringMatching(message),
    ])
  })

  test.each([
    ['https://sqs.eu-west-1.amazonaws.com/1/a', 'eu-west-1'],
    ['https://sqs-fips.us-gov-west-1.amazonaws.com/1/a', 'us-gov-west-1'],
    ['https://eu-west-1.queue.amazonaws.com/1/a', 'eu-west-1'],
    ['http://127.0.0.1:9324/1/a', undefined],
  ])('the region of %s', (queue_url, region) => {
    expect(regionOf({ queue_url, region: undefined })).toBe(region)
  })
})

test('the preview shows the message and no secret', async () => {
  const options = config.parse({
    queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/a.fifo',
    access_key_id: 'AK',
    secret_access_key: 'hidden',
  })
  const { format } = openSink(definition, { queue_url: options.queue_url })
  const preview = definition.preview?.(options, { format, version: '0' }, batchOf(auditEvents(1), format))
  expect(preview?.place).toBe('SendMessageBatch https://sqs.eu-west-1.amazonaws.com/1/a.fifo')
  expect(JSON.parse(preview?.body ?? '')).toMatchObject([{ MessageGroupId: 'acme' }])
  expect(JSON.stringify(preview)).not.toContain('hidden')
})
