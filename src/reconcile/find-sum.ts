/** Which few of many uids add up to a digest: all that a ledger without its uids still shows. Pure. */
import { modulo } from '../ledger/digest-number.ts'

/** With more uids than this there are too many pairs to hold. */
const PAIRED_MOST = 400

interface Part<Item> {
  readonly item: Item
  readonly number: bigint
}

/** Modulo 2^128. Undefined when there are none, or too many to look for: more than four that are not all. */
export function findSum<Item>(
  parts: readonly Part<Item>[],
  size: number,
  sum: bigint,
): readonly Item[] | undefined {
  if (size > parts.length) return undefined
  if (size === parts.length) return total(parts) === sum ? parts.map(({ item }) => item) : undefined
  if (size > 4 || (size > 2 && parts.length > PAIRED_MOST)) return undefined
  const found = size <= 2 ? few(parts, size, sum) : many(parts, size, sum)
  return found?.map((at) => (parts[at] as Part<Item>).item)
}

function few(parts: readonly Part<unknown>[], size: number, sum: bigint): number[] | undefined {
  const places = new Map(parts.map(({ number }, at) => [number, at]))
  if (size === 1) {
    const at = places.get(sum)
    return at === undefined ? undefined : [at]
  }
  for (const [at, { number }] of parts.entries()) {
    const other = places.get(modulo(sum - number))
    if (other !== undefined && other !== at) return [at, other]
  }
  return undefined
}

/** Three or four: pairs of which one completes another, or a single one. */
function many(parts: readonly Part<unknown>[], size: number, sum: bigint): number[] | undefined {
  const pairs = new Map<bigint, [number, number]>()
  for (const [at, { number }] of parts.entries()) {
    for (let other = 0; other < at; other++) {
      pairs.set(modulo(number + (parts[other] as Part<unknown>).number), [other, at])
    }
  }
  const rests: Iterable<readonly [bigint, readonly number[]]> =
    size === 3 ? parts.map(({ number }, at) => [number, [at]] as const) : pairs
  for (const [number, places] of rests) {
    const pair = pairs.get(modulo(sum - number))
    if (pair?.every((at) => !places.includes(at))) return [...pair, ...places]
  }
  return undefined
}

function total(parts: readonly Part<unknown>[]): bigint {
  return modulo(parts.reduce((sum, { number }) => sum + number, 0n))
}
