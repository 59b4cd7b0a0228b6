import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import type { FormatName } from '../../../src/formats/format.ts'
import { FORMAT_NAMES, lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { createFrameReader } from '../../../test/emulators/syslog/frames.ts'
import { readMessage } from '../../../test/emulators/syslog/message.ts'
import { hostileEvents } from '../../../test/formats/hostile-events.ts'
import { config, framingOf } from './config.ts'
import { createEncoder } from './encode.ts'

type Options = Readonly<Record<string, unknown>>

/** The frames, and the reasons for refusing the other events. */
function encode(events: readonly AuditEvent[], options: Options = {}, name: FormatName = 'native') {
  const parsed = config.parse({ endpoint: 'tcp://127.0.0.1', ...options })
  const format = lineFormat(name)
  const { bytes, refused } = createEncoder(parsed, format)(batchOf(events, format).events)
  const reader = createFrameReader(framingOf(parsed), 1 << 24)
  const frames = reader.push(bytes)
  expect(reader.rest()).toBe(0)
  return { frames, messages: frames.map(readMessage), refused: [...refused] }
}

function event(members: Partial<AuditEvent> = {}): AuditEvent {
  return { ...(auditEvents(1)[0] as AuditEvent), ...members }
}

const data = (message: { data: ReadonlyMap<string, ReadonlyMap<string, string>> } | undefined) =>
  Object.fromEntries(message?.data.get('pulumi@32473') ?? [])

test('a whole message', () => {
  const it = event()
  const { frames } = encode([it])
  const head = `<109>1 2026-11-22T22:00:00Z api.pulumi.com pulumi - stack-created`
  expect(frames.map(String)).toEqual([
    `${head} [pulumi@32473 eventId="stack-created" uid="${it.uid}" organization="acme"] ${lineFormat('native').encode(it)}`,
  ])
})

test.each([
  [1, 6],
  [2, 5],
  [3, 4],
  [4, 3],
  [9, 6],
])('severity %i is %i in syslog', (severity, expected) => {
  expect(encode([event({ severity })]).messages[0]).toMatchObject({ facility: 13, severity: expected })
})

test('header fields as configured', () => {
  const options = { facility: 23, hostname: 'relay.example', app_name: 'audit', pen: 4711, bom: true }
  const [message] = encode([event({ severity: 4 })], options, 'cef').messages
  expect(message).toMatchObject({
    ...{ facility: 23, severity: 3, hostname: 'relay.example', appName: 'audit', procId: '-', bom: true },
    msg: expect.stringMatching(/^CEF:0\|/),
  })
  expect([...(message?.data.keys() ?? [])]).toEqual(['pulumi@4711'])
  const [without] = encode([event()], { structured_data: false }).messages
  expect(without?.data.size).toBe(0)
})

test('an id longer than MSGID is complete in the structured data; an id that can’t be there is made printable', () => {
  const long = 'organization-webhook-delivery-redelivered-again'
  const odd = 'zwölf "neue" ]\\ dinge\n'
  const { messages } = encode([event({ action: long }), event({ action: odd }), event({ action: '' })])
  expect(messages.map(({ msgId }) => msgId)).toEqual([long.slice(0, 32), 'zw_lf_"neue"_]\\_dinge_', '-'])
  expect(messages.map((it) => data(it).eventId)).toEqual([long, 'zwölf "neue" ]\\ dinge ', ''])
})

test('a time that no calendar knows is left out', () => {
  const { messages } = encode([event({ timestamp: 1e15 }), event({ timestamp: -1e12 })])
  expect(messages.map(({ timestamp }) => timestamp)).toEqual(['-', '-'])
})

describe.each(['lf', 'octet_counting'] as const)('%s', (framing) => {
  test.each(FORMAT_NAMES)('%s: hostile events are messages, one each', (name) => {
    // An event without its record can't be rendered in `raw`, and reaches no sink.
    const rendered = hostileEvents.filter(({ raw }) => name !== 'raw' || raw !== undefined)
    const anyEvents = fc.array(rendered, { maxLength: 4 })
    const check = (events: AuditEvent[]) => {
      const { messages, refused } = encode(events, { framing, max_message_bytes: '1MiB' }, name)
      expect(refused).toEqual([])
      expect(messages.map((it) => data(it).uid)).toEqual(events.map(({ uid }) => uid))
    }
    fc.assert(fc.property(anyEvents, check), { numRuns: 40, seed: 7 })
  })

  test('line breaks and NUL inside of a payload', () => {
    const description = 'a\r\nb\0c'
    const [message] = encode([event({ description })], { framing }, 'csv').messages
    expect(message?.msg).toContain(framing === 'lf' ? 'a  b c' : description)
  })
})

describe('over max_message_bytes', () => {
  const long = (length: number) =>
    event({ description: 'ä'.repeat(length), raw: { description: 'ä'.repeat(length) } })

  test('the description is cut first: what remains is valid, marked, and near the limit', () => {
    const { frames, messages } = encode([long(2_000)])
    const { description, raw } = JSON.parse(messages[0]?.msg ?? '')
    expect(raw.description).toBe('ä'.repeat(2_000))
    expect(description.length).toBeLessThan(2_000)
    expect(description).toMatch(/^ä+$/)
    expect(data(messages[0]).truncated).toBe('true')
    expect(frames[0]?.length).toBeGreaterThan(8_100)
    expect(frames[0]?.length).toBeLessThanOrEqual(8_192)
  })

  test('the original record is left out next', () => {
    const [message] = encode([long(5_000)]).messages
    const { description, raw, uid } = JSON.parse(message?.msg ?? '')
    expect(raw).toBeUndefined()
    expect(description.length).toBeGreaterThan(3_000)
    expect(uid).toBe(long(5_000).uid)
  })

  test.each(['cef', 'leef', 'pulumi_cef', 'csv', 'ecs', 'ocsf'] as const)(
    '%s is cut the same way',
    (name) => {
      const { frames, refused } = encode([long(9_000)], {}, name)
      expect(refused).toEqual([])
      expect(frames[0]?.length).toBeLessThanOrEqual(8_192)
    },
  )

  test('what is still too large is refused, but not its neighbours', () => {
    const large = event({ actor: { type: 'user', login: 'x'.repeat(9_000), name: '' } })
    const { messages, refused } = encode([event(), large, event()])
    expect(messages).toHaveLength(2)
    expect(refused).toEqual([
      [1, expect.stringMatching(/ bytes, even with .* over max_message_bytes \(8192\)$/)],
    ])
  })

  test('the record itself (format raw), and everything with `oversize: reject`, is refused', () => {
    expect(encode([long(9_000)], {}, 'raw').refused).toHaveLength(1)
    expect(encode([long(9_000), event()], { oversize: 'reject' }).refused).toEqual([
      [0, expect.stringMatching(/^the message has \d+ bytes: over max_message_bytes/)],
    ])
  })

  test('no message is ever over the limit', () => {
    const text = fc.string({ unit: 'binary', maxLength: 3_000 })
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 480, max: 4_000 }),
        fc.constantFrom(...FORMAT_NAMES),
        (it, limit, name) => {
          const framing = 'octet_counting'
          const { frames, refused } = encode(
            [event({ description: it })],
            { framing, max_message_bytes: `${limit}B` },
            name,
          )
          expect(frames.length + refused.length).toBe(1)
          for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(limit)
        },
      ),
      { numRuns: 200, seed: 7 },
    )
  })
})
