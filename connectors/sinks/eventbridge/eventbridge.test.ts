import { expect, test } from 'vitest'
import { describeAwsEntrySink } from '../../../test/conformance/aws-entry-sink.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import {
  type EventBridgeEmulator,
  startEventBridgeEmulator,
} from '../../../test/emulators/eventbridge/emulator.ts'
import { config } from './config.ts'
import { definition } from './index.ts'

const optionsOf = ({ bus, region, key, url }: EventBridgeEmulator) => ({
  ...{ event_bus: bus, region, endpoint: url },
  ...{ access_key_id: key.id, secret_access_key: key.secret },
})
const calm = new AbortController().signal

describeAwsEntrySink<EventBridgeEmulator>({
  definition,
  start: (now) => startEventBridgeEmulator(now === undefined ? {} : { now }),
  optionsOf,
  received: ({ events }) => events.map(({ detail }) => String(detail.uid)),
  failEntry: ({ refused }, uid, code) => void refused.set(uid, code),
  failedAnswer: (_, ErrorCode, ErrorMessage) => ({
    ...{ FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage }] },
  }),
  requestErrors: [
    ['InternalException', 'retry'],
    ['OperationDisabledException', 'pause'],
    ['ResourceNotFoundException', 'pause'],
    ['ValidationException', 'split'],
  ],
  entryErrors: [
    ['InternalFailure', false, 'retry'],
    ['InternalException', false, 'retry'],
    ['ThrottlingException', false, 'retry'],
    ['AccessDeniedException', false, 'pause'],
    ['InvalidAccountIdException', false, 'pause'],
    ['InvalidArgument', false, 'rejected'],
    ['MalformedDetail', false, 'rejected'],
    ['NotAuthorizedForDetailTypeException', false, 'pause'],
    ['NotAuthorizedForSourceException', false, 'pause'],
    ['RedactionFailure', false, 'rejected'],
    ['NeverHeardOf', false, 'pause'],
  ],
})

async function withBus<T>(use: (emulator: EventBridgeEmulator) => Promise<T>): Promise<T> {
  const emulator = await startEventBridgeEmulator()
  return use(emulator).finally(() => emulator.stop())
}

test('an event arrives with its own time, source and detail type, its bytes unchanged', () =>
  withBus(async (emulator) => {
    const options = { ...optionsOf(emulator), source: 'acme.audit', detail_type: 'Audit' }
    const { sink, format } = openSink(definition, options)
    const [event] = auditEvents(1)
    if (event === undefined) throw new Error('no event')
    expect(await sink.write(batchOf([event], format), calm)).toEqual([{ kind: 'delivered' }])
    await sink.close()
    const detail = JSON.parse(format.encode(event).toString())
    expect(emulator.events).toEqual([
      { source: 'acme.audit', detailType: 'Audit', time: event.timestamp, detail },
    ])
  }))

const taken = { EventId: '1' }
const failed = { ErrorCode: 'InternalFailure', ErrorMessage: 'refused' }
test.each([
  [0, [taken, { EventId: '' }], 'delivered retry'],
  [0, [{ EventId: 7 }, { EventId: '', ErrorCode: '' }], 'retry retry'],
  [1, [taken, taken], 'retry retry'],
  [0, [taken, failed], 'retry retry'],
  ['1', [taken, failed], 'retry retry'],
  [1, [taken, failed], 'delivered retry'],
  [undefined, [taken, taken], 'delivered delivered'],
])('an answer with %j failures among %j: %s', (FailedEntryCount, Entries, kinds) =>
  withBus(async (emulator) => {
    emulator.fail({ status: 200, body: JSON.stringify({ FailedEntryCount, Entries }) }, 1)
    const { sink, format } = openSink(definition, optionsOf(emulator))
    const outcomes = await sink.write(batchOf(auditEvents(2), format), calm)
    expect(outcomes.map(({ kind }) => kind).join(' ')).toBe(kinds)
    await sink.close()
  }),
)

test.each([1, 3])('an answer with %i entries for 2 proves nothing', (count) =>
  withBus(async (emulator) => {
    const Entries = Array.from({ length: count }, () => ({ EventId: 'e' }))
    emulator.fail({ status: 200, body: JSON.stringify({ FailedEntryCount: 0, Entries }) }, 1)
    const { sink, format } = openSink(definition, optionsOf(emulator))
    const outcomes = await sink.write(batchOf(auditEvents(2), format), calm)
    expect(outcomes).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
    await sink.close()
  }),
)

test('check names an unknown region', async () => {
  const { sink } = openSink(definition, {
    event_bus: 'audit',
    region: 'nowhere',
    ...{ access_key_id: 'a', secret_access_key: 'b' },
  })
  expect(await sink.check?.(calm)).toMatchObject({ ok: false, cure: expect.stringContaining('`region`') })
  await sink.close()
})

test('check names a missing bus, and a missing permission', () =>
  withBus(async (emulator) => {
    const { sink } = openSink(definition, { ...optionsOf(emulator), event_bus: 'nobody' })
    expect(await sink.check?.(calm)).toMatchObject({ ok: false, cure: expect.stringContaining('create') })
    emulator.denied.add('DescribeEventBus')
    expect(await sink.check?.(calm)).toMatchObject({
      cure: expect.stringContaining('events:DescribeEventBus'),
    })
    await sink.close()
  }))

test.each([
  [{ event_bus: 'a b' }, /a name or an ARN/],
  [{ source: 'aws.audit' }, /not `aws\.` in front/],
])('%j is refused', (options, message) => {
  const { error } = config.safeParse(options)
  expect(error?.issues.map((it) => it.message)).toEqual([expect.stringMatching(message)])
})

test('the preview shows the entry and no secret', () => {
  const options = config.parse({ access_key_id: 'AK', secret_access_key: 'hidden' })
  const { format } = openSink(definition, {})
  const batch = batchOf(auditEvents(1), format)
  const preview = definition.preview?.(options, { format, version: '0' }, batch)
  expect(JSON.parse(preview?.body ?? '')).toMatchObject([{ Source: 'auditferry.pulumi' }])
  expect(JSON.stringify(preview)).not.toContain('hidden')
})
