/**
 * A digest as one number that can be added and subtracted: the difference between two shows which events are missing.
 * Pure.
 */

/** How many characters of a uid go into a digest. */
const DIGEST_PART = 32

/** What one event adds to a digest. */
export function partOf(uid: string): bigint {
  return BigInt(`0x${uid.slice(0, DIGEST_PART)}`)
}

/** The number of a stored digest. */
export function numberOf(digest: Uint8Array): bigint {
  return numberOfHex(Buffer.from(digest).toString('hex'))
}

/** The number of a digest that is written in hex. */
export function numberOfHex(digest: string): bigint {
  return BigInt(`0x${digest}`)
}

/** Reduced modulo 2^128, as a digest counts. */
export function modulo(value: bigint): bigint {
  return BigInt.asUintN(128, value)
}

/** As hex: for one event the beginning of its uid, for several the digest as it is stored. */
export function hexOf(number: bigint): string {
  return modulo(number).toString(16).padStart(DIGEST_PART, '0')
}
