/** Recognises an answer that has already proven where the log ends. */
import { expect, it } from 'vitest'
import { createEndProof, FINGERPRINT_LIMIT, fingerprint } from '../../src/poll/end-proof.ts'

const known = fingerprint(['a', 'b'])

it('holds for a while, and for this answer alone', () => {
  let now = 1_000
  const proof = createEndProof(500, () => now)
  expect(proof.matches(known)).toBe(false)
  proof.confirm(known)
  expect(proof.matches(known)).toBe(true)
  expect(proof.matches(fingerprint(['a']))).toBe(false)
  now = 1_499
  expect(proof.matches(known)).toBe(true)
  now = 1_500
  expect(proof.matches(known)).toBe(false)
})

it('ages from where it was when the clock is set back', () => {
  let now = 10_000
  const proof = createEndProof(500, () => now)
  proof.confirm(known)
  now = 0
  expect(proof.matches(known)).toBe(true)
  now = 500
  expect(proof.matches(known)).toBe(false)
})

it('is replaced by a newer one, not by an answer that cannot be recognised', () => {
  const proof = createEndProof(500, () => 0)
  proof.confirm(known)
  proof.confirm(undefined)
  expect(proof.matches(known)).toBe(true)
  proof.confirm(fingerprint(['c']))
  expect(proof.matches(known)).toBe(false)
})

it('recognises the same records in another order, twins included', () => {
  expect(fingerprint(['b', 'a'])).toBe(known)
  expect(fingerprint(['a', 'b', 'b'])).not.toBe(known)
})

it('proves nothing by an empty answer, nor by a long one', () => {
  const long = Array.from({ length: FINGERPRINT_LIMIT + 1 }, (_, at) => `${at}`)
  expect(fingerprint([])).toBeUndefined()
  expect(fingerprint(long)).toBeUndefined()
  expect(fingerprint(long.slice(1))).toBeDefined()
  expect(createEndProof(500, () => 0).matches(undefined)).toBe(false)
})
