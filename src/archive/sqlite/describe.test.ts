import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileEvents } from '../../../test/formats/hostile-events.ts'
import { eventOf, eventOfEach } from '../../../test/formats/sample-events.ts'
import type { AuditEvent } from '../../event.ts'
import { headOf, native } from '../../formats/native.ts'
import { partsOfHead } from '../../formats/native-parts.ts'
import { wordsOf } from '../words.ts'
import { createDescriber } from './describe.ts'

const numbers = new Map<string, number>()
const { describe } = createDescriber((text) => {
  const number = numbers.get(text) ?? numbers.size + 1
  numbers.set(text, number)
  return number
})

/** Terms of facets unchanged, everything else as the index splits it. */
function told(line: string) {
  const { facets, terms } = describe(Buffer.from(line))
  const marks = terms.split(' ').filter((term) => /^_[a-z][0-9a-z]+$/.test(term))
  return {
    facets,
    marks: new Set(marks),
    words: new Set(wordsOf(terms.replaceAll(/(^| )_[a-z][0-9a-z]+/g, ' '))),
  }
}

/** A member that is rare in lines makes it parse the whole line. */
function parsed(line: string) {
  const other = line.replace('{"uid":', '{"seldom":0,"uid":')
  expect(partsOfHead(headOf(Buffer.from(other)) ?? '')).toBeUndefined()
  return told(other)
}

const isInParts = (event: AuditEvent) =>
  partsOfHead(headOf(Buffer.from(native.encode(event))) ?? '') !== undefined

test('describes each kind of event by its parts as by the whole line, when they come again too', () => {
  const events = eventOfEach()
  expect(events.every(isInParts)).toBe(true)
  for (const event of [...events, ...events]) {
    const line = native.encode(event)
    expect(told(line)).toEqual(parsed(line))
  }
})

test('so does it any other that it reads in parts', () => {
  let inParts = 0
  const isSame = fc.property(hostileEvents, (event) => {
    const line = native.encode(event)
    inParts += isInParts(event) ? 1 : 0
    expect(told(line)).toEqual(parsed(line))
  })
  fc.assert(isSame, { numRuns: 500 })
  expect(inParts).toBeGreaterThan(50)
})

test.each([{}, { id: 'a-1' }, { name: 'ci' }, { id: 'a-1', name: String.raw`c:\new` }])(
  'reads the token %j beside its actor, who is the same with each',
  (token) => {
    const event = eventOf({ event: 'stack-created' })
    expect(event.token).toBeUndefined()
    const parts = (it: AuditEvent) => partsOfHead(headOf(Buffer.from(native.encode(it))) ?? '')
    const without = parts(event)
    expect(without?.who).toContain('"login":')
    expect(parts({ ...event, token })).toEqual({
      ...without,
      own: [...Object.values(token).map((text) => JSON.stringify(text)), ...(without?.own ?? [])],
    })
    const line = native.encode({ ...event, token })
    expect(told(line)).toEqual(parsed(line))
  },
)

const line = native.encode(eventOf({ event: 'stack-created' }))

test.each([
  ['an escape that is none', line.replace('"description":"', String.raw`"description":"\m`)],
  ['a control character', line.replace('"time":"', '"time":"\t')],
  ['a number that begins with 0', line.replace('"observedAt":', '"observedAt":0')],
  ['a severity that is no number', line.replace(/"severity":\d/, '"severity":"2"')],
  ['a login that is no text', line.replace(/"login":"[^"]*"/, '"login":7')],
])('refuses a line with %s', (_, other) => {
  expect(other).not.toBe(line)
  expect(() => describe(Buffer.from(other))).toThrow(/./)
})
