/**
 * A digest of a set of events that does not depend on their order: the sum of the uids' first 16 bytes modulo 2^128.
 * Equal sets have equal sums in whatever order they were read; one missing, added or altered event changes the sum.
 */

/** Four 32-bit limbs, least significant first. */
export type Digest = Uint32Array

export function emptyDigest(): Digest {
  return new Uint32Array(4)
}

/** Adds one uid (64 hex characters). */
export function addUid(digest: Digest, uid: string): void {
  let carry = 0
  for (let limb = 0; limb < 4; limb++) {
    const sum = (digest[limb] as number) + hex32(uid, (3 - limb) * 8) + carry
    digest[limb] = sum
    carry = sum > 0xffffffff ? 1 : 0
  }
}

export function addDigest(digest: Digest, other: Digest): void {
  let carry = 0
  for (let limb = 0; limb < 4; limb++) {
    const sum = (digest[limb] as number) + (other[limb] as number) + carry
    digest[limb] = sum
    carry = sum > 0xffffffff ? 1 : 0
  }
}

/** The digest as it is stored: 16 bytes, big endian. */
export function digestBytes(digest: Digest): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  for (let limb = 0; limb < 4; limb++) view.setUint32((3 - limb) * 4, digest[limb] as number)
  return bytes
}

/** The same in hex. */
export function digestHex(digest: Digest): string {
  return Buffer.from(digestBytes(digest)).toString('hex')
}

export function digestFrom(bytes: Uint8Array): Digest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const digest = emptyDigest()
  for (let limb = 0; limb < 4; limb++) digest[limb] = view.getUint32((3 - limb) * 4)
  return digest
}

/** The eight hex digits at `at` as a number; twice as fast as parseInt of a slice. */
function hex32(text: string, at: number): number {
  let value = 0
  for (let i = at; i < at + 8; i++) {
    const code = text.charCodeAt(i)
    value = value * 16 + (code < 58 ? code - 48 : code - 87)
  }
  return value
}
