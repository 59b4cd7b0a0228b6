/** What events add to the minutes of a ledger, and what the ledger then knows. */
import { expect, it } from 'vitest'
import { collectMinutes, knownUids, packedPart } from '../../src/ledger/minutes.ts'

const uid = (start: string) => start.padEnd(64, '0')
const A = uid('00000000000000aa00000000000000000000000000000001')
const B = uid('ffffffffffffffff0000000000000001')
const C = uid('0123456789abcdef0000000000000001')

it('groups events by minute, with count, digest and packed uids', () => {
  const collector = collectMinutes()
  collector.add(A, 119)
  collector.add(B, 120)
  collector.add(C, 61)
  const minutes = collector.minutes().map(({ digest, uids, ...it }) => ({
    ...it,
    digest: Buffer.from(digest).toString('hex'),
    uids: Buffer.from(uids ?? []).toString('hex'),
  }))
  expect(minutes).toEqual([
    {
      minute: 1,
      count: 2,
      digest: '0123456789abce990000000000000001',
      uids: '00000000000000aa0123456789abcdef',
    },
    { minute: 2, count: 1, digest: 'ffffffffffffffff0000000000000001', uids: 'ffffffffffffffff' },
  ])
})

it('gives nothing for no events', () => {
  expect(collectMinutes().minutes()).toEqual([])
})

it('knows again what it collected, minute by minute', () => {
  const collector = collectMinutes()
  collector.add(A, 60)
  collector.add(C, 60)
  collector.add(B, 120)
  const known = knownUids(collector.minutes())
  expect(known.get(1)).toEqual(new Set([packedPart(A), packedPart(C)]))
  expect(known.get(2)).toEqual(new Set([packedPart(B)]))
  expect(known.get(3)).toBeUndefined()
})

it('knows nothing of a minute whose uids were dropped', () => {
  const digest = new Uint8Array(16)
  expect(knownUids([{ minute: 5, count: 9, digest, uids: undefined }]).get(5)).toEqual(new Set())
})
