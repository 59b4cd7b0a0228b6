import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { checkOnce, writeOnce } from '../../../test/conformance/once.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { googleError } from '../../../test/emulators/google/tokens.ts'
import { type PubsubEmulator, startPubsubEmulator } from '../../../test/emulators/pubsub/emulator.ts'
import { config } from './config.ts'
import { definition } from './index.ts'

let emulator: PubsubEmulator
const optionsOf = ({ project, topic, url, credentials }: PubsubEmulator) => ({
  ...{ project, topic, endpoint: url, credentials },
})
const open = (options: Record<string, unknown> = {}) =>
  openSink(definition, { ...optionsOf(emulator), ...options })

const write = (options?: Record<string, unknown>, events?: readonly AuditEvent[]) =>
  writeOnce(open(options), events)
const check = (options: Record<string, unknown> = {}) => checkOnce(open(options))

beforeEach(async () => {
  emulator = await startPubsubEmulator()
})
afterEach(() => emulator.stop())

test('messages carry the bytes of the event and its uid', async () => {
  const [event] = auditEvents(1)
  if (event === undefined) throw new Error('no event')
  expect(await write()).toEqual([{ kind: 'delivered' }])
  const data = open().format.encode(event).toString()
  expect(emulator.messages).toEqual([{ uid: event.uid, data, orderingKey: undefined }])
})

test('an ordering key keeps the order over several requests', async () => {
  const events = auditEvents(2500)
  await write({ ordering_key: 'pülumi "audit"' }, events)
  expect(emulator.messages.map(({ uid }) => uid)).toEqual(events.map(({ uid }) => uid))
  expect(new Set(emulator.messages.map((it) => it.orderingKey))).toEqual(new Set(['pülumi "audit"']))
  expect(emulator.requests.filter((it) => it.endsWith(':publish'))).toHaveLength(3)
})

test('under an ordering key, one batch follows another, unless the operator wants it otherwise', () => {
  const inFlight = (options: object) =>
    definition.limits(config.parse({ ...optionsOf(emulator), ...options })).defaults.inFlight
  expect([inFlight({}), inFlight({ ordering_key: 'audit' })]).toEqual([2, 1])
})

test('a request never exceeds its limit, including base64', async () => {
  const events = auditEvents(15).map((event) => ({ ...event, description: 'é"'.repeat(150_000) }))
  const outcomes = await write({}, events)
  expect(outcomes.filter(({ kind }) => kind !== 'delivered')).toEqual([])
  expect(emulator.messages).toHaveLength(15)
  expect(emulator.requests.filter((it) => it.endsWith(':publish'))).toHaveLength(2)
})

test('only an event over the limit is rejected, with the reason', async () => {
  const events = auditEvents(3).map((event, at) =>
    at === 1 ? { ...event, description: 'x'.repeat(8_000_000) } : event,
  )
  const outcomes = await write({}, events)
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'rejected', 'delivered'])
  expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/\d+ bytes long, .* at most \d+/) })
})

describe('what an answer means', () => {
  test.each([
    [301, 'pause'],
    [400, 'split'],
    [401, 'pause'],
    [403, 'pause'],
    [404, 'pause'],
    [408, 'retry'],
    [409, 'split'],
    [413, 'split'],
    [429, 'retry'],
    [499, 'split'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ] as const)('%i: %s', async (status, kind) => {
    for (const body of ['', '<html>busy</html>', googleError(status, 'refused').body]) {
      emulator.fail({ status, body }, 1)
      expect([body, (await write())[0]?.kind]).toEqual([body, kind])
    }
    expect(emulator.messages).toEqual([])
  })

  test.each([
    [400, 'FAILED_PRECONDITION', 'The Cloud KMS key is disabled.', 'pause'],
    [400, 'INVALID_ARGUMENT', 'Message failed schema validation.', 'split'],
    [409, 'ABORTED', 'The operation was aborted.', 'retry'],
    [499, 'CANCELLED', 'The operation was cancelled.', 'retry'],
  ] as const)('%i of %s, %s: %s', async (code, status, message, kind) => {
    emulator.fail({ status: code, body: googleError(code, message, status).body }, 1)
    const [outcome] = await write()
    expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(message) })
    if (kind === 'pause') expect(outcome).toMatchObject({ reason: expect.stringContaining('; mend what') })
  })

  test.each([
    '',
    '{}',
    '<html>sign in</html>',
    '{"messageIds":[]}',
    '{"messageIds":["1","2"]}',
    '{"messageIds":[1]}',
    '{"messageIds":[""]}',
  ])('a 200 of %j proves nothing', async (body) => {
    emulator.fail({ status: 200, body }, 1)
    expect(await write()).toMatchObject([{ kind: 'retry' }])
  })

  test.each([
    ['a missing right', () => void emulator.denied.add('pubsub.topics.publish'), {}, 'pubsub.publisher'],
    ['a missing topic', () => {}, { topic: 'nobody' }, 'create the topic'],
  ])('%s pauses the sink, and check names the cure', async (_, prepare, options, cure) => {
    prepare()
    expect(await write(options)).toMatchObject([{ kind: 'pause', reason: expect.stringContaining(cure) }])
    expect(await check(options)).toMatchObject({ ok: false, cure: expect.stringContaining(cure) })
  })

  test('wrong credentials pause the sink and are never quoted', async () => {
    const credentials = 'hunter2-hunter2'
    const results = [await write({ credentials }), await check({ credentials })]
    expect(results).toMatchObject([
      [{ kind: 'pause' }],
      { ok: false, cure: expect.stringContaining('credentials') },
    ])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })
})

test('check asks for the permission and publishes nothing', async () => {
  expect(await check()).toEqual({ ok: true, detail: 'topic pulumi-audit takes messages', cure: '' })
  expect(emulator.messages).toEqual([])
})

test.each([
  [{ project: 'acme', topic: 'projects/acme/topics/a' }, /a name alone/],
  [{ project: 'acme', topic: 't' }, /3 to 255 letters, digits/],
  [{ project: 'a/b', topic: 'abc' }, /id of a project/],
])('%j is refused', (options, message) => {
  const { error } = config.safeParse(options)
  expect(error?.issues.map((it) => it.message)).toEqual([expect.stringMatching(message)])
})

test('the preview shows the request and no secret', () => {
  const { format } = open()
  const batch = batchOf(auditEvents(1), format)
  const preview = definition.preview?.(config.parse(optionsOf(emulator)), { format, version: '0' }, batch)
  expect(JSON.parse(preview?.body ?? '')).toMatchObject({
    messages: [{ attributes: { event_uid: batch.events[0]?.uid } }],
  })
  expect(JSON.stringify(preview)).not.toContain('PRIVATE KEY')
})
