/** A digest as one number, to be added and subtracted: what is left of a minute says which events it lacks. Pure. */

/** Characters of a uid that a digest is the sum of. */
const DIGEST_PART = 32

/** What one event adds to a digest. */
export function partOf(uid: string): bigint {
  return BigInt(`0x${uid.slice(0, DIGEST_PART)}`)
}

/** A digest as it is stored. */
export function numberOf(digest: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(digest).toString('hex')}`)
}

/** As the digest counts: modulo 2^128. */
export function modulo(value: bigint): bigint {
  return BigInt.asUintN(128, value)
}

/** In hex: of one event the beginning of its uid, of several what is stored. */
export function hexOf(number: bigint): string {
  return modulo(number).toString(16).padStart(DIGEST_PART, '0')
}
