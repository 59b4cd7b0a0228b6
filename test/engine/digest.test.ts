/** The order-independent digest, compared with arithmetic on big integers. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addDigest, addUid, digestBytes, digestFrom, emptyDigest } from '../../src/ledger/digest.ts'

const MODULO = 1n << 128n
const uids = fc.array(
  fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
    // Carries propagate furthest if all limbs are full.
    fc.constantFrom((1n << 256n) - 1n, 1n << 128n, 0xffffffffn << 128n, 0n),
  ),
  { maxLength: 30 },
)

const hex = (uid: bigint) => uid.toString(16).padStart(64, '0')
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

function digestOf(of: readonly bigint[]) {
  const digest = emptyDigest()
  for (const uid of of) addUid(digest, hex(uid))
  return digest
}

it('is the sum of the first sixteen bytes modulo 2^128', () => {
  const check = fc.property(uids, (of) => {
    const sum = of.reduce((total, uid) => (total + (uid >> 128n)) % MODULO, 0n)
    expect(numberOf(digestBytes(digestOf(of)))).toBe(sum)
  })
  fc.assert(check)
})

it('is the same in any order and any grouping', () => {
  const check = fc.property(uids, uids, (left, right) => {
    const sum = digestOf(left)
    addDigest(sum, digestOf(right))
    expect(sum).toEqual(digestOf([...right, ...left].reverse()))
  })
  fc.assert(check)
})

it('is stored in sixteen bytes, big endian, and read back', () => {
  const digest = digestOf([0x0102030405060708090a0b0c0d0e0f10n << 128n])
  expect(Buffer.from(digestBytes(digest)).toString('hex')).toBe('0102030405060708090a0b0c0d0e0f10')
  expect(digestFrom(digestBytes(digest))).toEqual(digest)
  const within = Buffer.concat([Buffer.alloc(3), digestBytes(digest)]).subarray(3)
  expect(digestFrom(within)).toEqual(digest)
})

it('changes when one event is missing or altered', () => {
  const all = [1n << 200n, 2n << 200n, 3n << 200n]
  expect(digestOf(all.slice(1))).not.toEqual(digestOf(all))
  expect(digestOf([(1n << 200n) + (1n << 128n), ...all.slice(1)])).not.toEqual(digestOf(all))
})
