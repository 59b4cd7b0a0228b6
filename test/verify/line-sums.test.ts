/** Two sums identify the one line that was changed, wherever it is and whatever was done. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lineHash, locate, sumLines } from '../../src/integrity/line-sums.ts'

const texts = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 40 })
const bytes = (lines: readonly string[]) => lines.map((line) => Buffer.from(line))
const found = (before: readonly string[], after: readonly string[]) =>
  locate(bytes(after).map(lineHash), sumLines(bytes(before)), before.length)

it('names one line that was changed, removed, added or swapped with the next', () => {
  fc.assert(
    fc.property(texts, fc.nat(), (lines, n) => {
      const at = n % lines.length
      const other = `${lines.join()}!`
      expect(found(lines, lines)).toEqual({ kind: 'same', at: 0 })
      expect(found(lines, lines.with(at, other))).toEqual({ kind: 'changed', at })
      expect(found(lines, lines.toSpliced(at, 1))).toEqual({ kind: 'missing', at })
      expect(found(lines, lines.toSpliced(at, 0, other))).toEqual({ kind: 'added', at })
      const [one = '', next] = lines.slice(at)
      if (next !== undefined)
        expect(found(lines, lines.toSpliced(at, 2, next, one))).toEqual({ kind: 'reordered', at })
    }),
  )
})

it('says nothing about two changes', () => {
  fc.assert(
    fc.property(texts, (lines) => {
      expect(found(lines, lines.with(0, `${lines.join()}!`).with(1, `${lines.join()}?`))).toBeUndefined()
      expect(found(lines, [...lines, '!', '?'])).toBeUndefined()
      expect(found(lines, lines.slice(2))).toBeUndefined()
    }),
  )
})
