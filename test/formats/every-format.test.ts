/** What every format must do, whatever the event. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FORMAT_NAMES, lineFormat } from '../../src/formats/formats.ts'
import { hostileEvents, timelessEvents } from './hostile-events.ts'
import { eventOf, eventOfEach } from './sample-events.ts'

describe.each(FORMAT_NAMES)('%s', (name) => {
  const format = lineFormat(name)
  const isJson = format.contentType === 'application/json'
  /** A CSV cell may contain line ends, in quotes. */
  const isOneLine = !format.contentType.startsWith('text/csv')

  const check = (line: string) => {
    if (isOneLine) expect(line).not.toMatch(/[\r\n]/)
    if (isJson) JSON.parse(line)
    expect(line).not.toBe('')
  }

  test('writes each id of the catalogue, and an unknown one', () => {
    for (const event of eventOfEach()) check(format.encode(event))
    check(format.encode(eventOf({ event: 'quantum-stack-entangled' })))
  })

  test('never throws, and never writes two lines for one event', () => {
    fc.assert(
      fc.property(fc.oneof(hostileEvents, timelessEvents), (event) => {
        if (name === 'raw' && event.raw === undefined)
          expect(() => format.encode(event)).toThrow('has no record')
        else check(format.encode(event))
      }),
      { numRuns: 300 },
    )
  })

  test('takes a description of a megabyte', () => {
    check(format.encode(eventOf({ description: 'x'.repeat(1 << 20) })))
  })
})
