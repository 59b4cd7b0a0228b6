/**
 * Two sums over the hashes of an object's lines that name the one line which was changed, removed, added or has changed
 * places with its neighbour: 64 hex digits however many lines there are, so they fit into an object's metadata.
 *
 * With h(i) the first 16 bytes of SHA-256 of the i-th line, from 0 on, of n: the sum of h(i), and the sum of
 * (n - i) * h(i), both modulo 2^128. One changed line moves the first by some d and the second by (n - i) * d. Pure.
 */
import { hash } from 'node:crypto'
import { addDigest, addUid, digestBytes, emptyDigest } from '../ledger/digest.ts'
import { modulo, numberOfHex, partOf } from '../ledger/digest-number.ts'

export function sumLines(lines: Iterable<Uint8Array>): string {
  const sum = emptyDigest()
  const weighted = emptyDigest()
  for (const line of lines) {
    addUid(sum, hash('sha256', line))
    addDigest(weighted, sum)
  }
  return Buffer.concat([digestBytes(sum), digestBytes(weighted)]).toString('hex')
}

/** A line's part of the sums. */
export function lineHash(line: Uint8Array): bigint {
  return partOf(hash('sha256', line))
}

interface Located {
  /** `same`: every line is as it was. */
  readonly kind: 'same' | 'changed' | 'missing' | 'added' | 'reordered'
  /** From 0 on: of the line as it stands now; where a missing one stood. */
  readonly at: number
}

/** What became of `count` lines with those sums. Undefined when it is more than one change. */
export function locate(hashes: readonly bigint[], sums: string, count: number): Located | undefined {
  let sum = 0n
  let weighted = 0n
  for (const one of hashes) weighted += sum += one
  const more = modulo(sum - numberOfHex(sums.slice(0, 32)))
  const moved = modulo(weighted - numberOfHex(sums.slice(32)))
  if (hashes.length === count - 1) return shifted('missing', hashes, modulo(-more), modulo(-moved))
  if (hashes.length === count + 1) return shifted('added', hashes, more, moved)
  if (hashes.length !== count) return undefined
  if (more === 0n && moved === 0n) return { kind: 'same', at: 0 }
  const at =
    more === 0n
      ? hashes.findIndex((one, at) => modulo(one - (hashes[at + 1] ?? 0n)) === moved)
      : hashes.findIndex((_, at) => modulo(BigInt(count - at) * more) === moved)
  return at < 0 ? undefined : { kind: more === 0n ? 'reordered' : 'changed', at }
}

/** One line more or less, with the hash `own`: it counts for itself, and each line before it once more or less. */
function shifted(
  kind: 'missing' | 'added',
  hashes: readonly bigint[],
  own: bigint,
  moved: bigint,
): Located | undefined {
  const longer = kind === 'missing' ? hashes.length + 1 : hashes.length
  let before = 0n
  for (let at = 0; at < longer; at++) {
    if (modulo(before + BigInt(longer - at) * own) === moved) return { kind, at }
    before += hashes[at] ?? 0n
  }
  return undefined
}
