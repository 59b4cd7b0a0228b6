/**
 * Remembers by its content an answer at whose end the log was proven to end. The same answer again, soon after,
 * needs no second question: an idle source costs one request a poll. The proof ages, so that a late record which
 * a page's size keeps out of the answer is looked for while the overlap still covers it.
 */
import { hash } from 'node:crypto'
import { steadyClock } from '../lib/steady.ts'

export interface EndProof {
  confirm(fingerprint: string | undefined): void
  matches(fingerprint: string | undefined): boolean
}

export function createEndProof(holdsMs: number, clock: () => number): EndProof {
  const now = steadyClock(clock)
  let proven: { fingerprint: string; at: number } | undefined
  return {
    confirm(fingerprint) {
      if (fingerprint !== undefined) proven = { fingerprint, at: now() }
    },
    matches: (fingerprint) =>
      proven !== undefined && fingerprint === proven.fingerprint && now() - proven.at < holdsMs,
  }
}

/** Records above which an answer is not recognised. */
export const FINGERPRINT_LIMIT = 1_000

/** Order-free within the answer: the order inside a second may change. Undefined above the limit. */
export function fingerprint(raws: readonly string[] | undefined): string | undefined {
  if (raws === undefined || raws.length === 0 || raws.length > FINGERPRINT_LIMIT) return undefined
  return hash('sha256', [...raws].sort().join('\n'))
}
