import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { describeObject, fromMetadata, toMetadata } from '../../src/integrity/manifest.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const uid = (digit: string) => digit.repeat(64)
const events = [
  { uid: uid('a'), timestamp: 1_795_381_200 },
  { uid: uid('b'), timestamp: 1_795_381_260 },
]
const object = describeObject('a/b.ndjson', Buffer.from('x'), events, [Buffer.from('1'), Buffer.from('2')])

describe.each([
  ['signed', privateKey],
  ['unsigned', undefined],
] as const)('%s metadata of an object', (_, key) => {
  it('has no value over 256 bytes, and is the same again', () => {
    const metadata = toMetadata({ ...object, events: 99_999_999 }, key)
    expect(Math.max(...Object.values(metadata).map((value) => value.length))).toBeLessThanOrEqual(256)
    expect(fromMetadata(object.key, metadata, key)).toEqual({ ...object, events: 99_999_999 })
  })

  it('says nothing without its rest', () => {
    const { 'auditferry-object-rest': _rest, ...torn } = toMetadata(object, key)
    expect(fromMetadata(object.key, torn, key)).toBeUndefined()
  })
})
