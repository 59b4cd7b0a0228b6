import { describe, expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { encodings, type Message } from './encode.ts'

const batch = batchOf(auditEvents(6), lineFormat('native'))

describe.each(Object.entries(encodings))('mode %s', (mode, encoding) => {
  const messages = () =>
    encoding.carries === 'batch'
      ? [encoding.encode(batch)]
      : batch.events.map((event) => encoding.encode(event))

  it('makes the golden messages', async () => {
    await expect(messages().map(print).join('\n')).toMatchFileSnapshot(`fixtures/${mode}.txt`)
  })

  it('makes the same messages again', () => {
    expect(messages()).toEqual(messages())
  })

  it('carries each event, its bytes unchanged', () => {
    const bodies = messages().map(({ body }) => body.toString())
    for (const { payload } of batch.events) {
      expect(bodies.some((body) => body.includes(Buffer.from(payload).toString()))).toBe(true)
    }
  })

  it('makes well-formed JSON', () => {
    const texts = messages().flatMap(({ contentType, body }) =>
      contentType === 'application/x-ndjson' ? body.toString().trimEnd().split('\n') : [body.toString()],
    )
    for (const text of texts) expect(() => JSON.parse(text)).not.toThrow()
  })
})

it('names no subject where there is no target, and keeps a type to the letters of the standard', () => {
  const [event] = auditEvents(1)
  if (event === undefined) throw new Error('no event')
  const { target, ...rest } = event
  const [written] = batchOf([{ ...rest, action: 'über.neu-1' }], lineFormat('native')).events
  if (written === undefined || encodings.single.carries !== 'event') throw new Error('no event')
  expect(JSON.parse(encodings.single.encode(written).body.toString()).type).toBe('pulumi.audit._ber_neu_1')
  if (encodings.cloudevents.carries !== 'event') throw new Error('not one event a message')
  expect(JSON.parse(encodings.cloudevents.encode(written).body.toString())).not.toHaveProperty('subject')
})

it('gives another batch another id', () => {
  const { batch: encoding } = encodings
  if (encoding.carries !== 'batch') throw new Error('not a batch a message')
  const ids = [1, 2, 3].map((count) => encoding.encode({ ...batch, events: batch.events.slice(0, count) }).id)
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) expect(id).toMatch(/^batch_[0-9a-f]{32}$/)
})

function print({ id, contentType, body }: Message): string {
  return `${id}\n${contentType}\n${body}\n`
}
