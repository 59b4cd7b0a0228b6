/** The index splits ASCII texts by itself: a search finds exactly the events whose words match. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wantedWords, wordsOf, wordsOfEvent } from '../../src/archive/words.ts'
import { native, parseNative } from '../../src/formats/native.ts'
import { auditEvents } from '../conformance/batches.ts'
import { PATIENCE_MS } from '../patience.ts'
import { openArchive, scratchPath } from './rig.ts'

const letters = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abAB01_"*\'-^: ()\\\0\n\t\x7f\x01\x1f') },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('é', 'ß', 'ς', 'İ', '²', '\u0301', '\ud800', '𝟘', '中', '\u0080', '\u2028'),
  },
)
const texts = fc.oneof(
  fc.array(letters, { maxLength: 12 }).map((them) => them.join('')),
  fc.array(letters, { minLength: 1, maxLength: 3 }).map((them) => them.join('').repeat(30)),
)

test('finds by any text the events with words that begin like those of the text, and nothing else', async () => {
  const archive = openArchive(await scratchPath())
  let made = 0
  const words: { uid: string; all: string[] }[] = []
  const check = fc.asyncProperty(
    fc.array(texts, { minLength: 1, maxLength: 20 }),
    fc.array(texts, { maxLength: 12 }),
    async (descriptions, others) => {
      const events = auditEvents(descriptions.length, made).map((event, at) => ({
        ...event,
        description: descriptions[at] as string,
      }))
      made += events.length
      const source = `run${made}`
      const lines = events.map((event) => Buffer.from(native.encode({ ...event, source })))
      await archive.append(
        events.map(({ uid, timestamp }, at) => ({ uid, timestamp, line: lines[at] as Buffer })),
      )
      for (const event of events) words.push({ uid: event.uid, all: [...wordsOfEvent({ ...event, source })] })
      // A single word is answered from the index; for several words, the events that have the rarest one are read.
      for (const text of new Set([...descriptions, ...others].flatMap((it) => wordsOf(it)))) {
        const wanted = wantedWords(text)
        const expected = words.filter(({ all }) =>
          wanted?.every((start) => all.some((word) => word.startsWith(start))),
        )
        const found: string[] = []
        for await (const some of archive.read({ text }, AbortSignal.timeout(PATIENCE_MS)))
          found.push(...some.map(({ line }) => parseNative(line).uid))
        expect([text, found.toSorted()]).toEqual([text, expected.map(({ uid }) => uid).toSorted()])
      }
    },
  )
  await fc.assert(check, { numRuns: 40 })
  expect((await archive.verify()).faults).toEqual([])
})
