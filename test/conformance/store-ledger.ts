/** The source's ledger and its quarantine. */
import { expect, it } from 'vitest'
import { freshCursor } from '../../src/spool/lane-state.ts'
import type { StoreUnderTest } from './store.ts'
import {
  append,
  digestOf,
  fill,
  minute,
  quarantined,
  SOURCE,
  settlement,
  sinkMinute,
} from './store-samples.ts'

const A = 'aa'.repeat(8)
const B = 'bb'.repeat(8)

export function describeLedger(store: StoreUnderTest): void {
  const record = async (...ledger: ReturnType<typeof minute>[]) => {
    await store.now().append(append({ ledger }))
  }
  const read = async (from = 0, to = 1e9) =>
    (await store.now().ledger(SOURCE, from, to)).map(({ uids, digest, ...it }) => ({
      ...it,
      digest: BigInt(`0x${Buffer.from(digest).toString('hex')}`),
      uids: uids === undefined ? undefined : Buffer.from(uids).toString('hex'),
    }))

  it('adds counts and digests and joins uids', async () => {
    await record(minute(5, 1, 10n, A), minute(6, 2, 3n))
    await record(minute(5, 1, 20n, B))
    const expected = [
      { minute: 5, count: 2, digest: 30n, uids: A + B },
      { minute: 6, count: 2, digest: 3n, uids: '' },
    ]
    expect(await read()).toEqual(expected)
    await store.reopen()
    expect(await read()).toEqual(expected)
  })

  it.each([
    ['from limb to limb', 0xffffffffn, 1n, 0x100000000n],
    ['through all limbs', (1n << 128n) - 1n, 2n, 1n],
    ['at its middle', (1n << 64n) - 1n, (1n << 64n) - 1n, (1n << 65n) - 2n],
  ])('adds digests modulo 2^128 with the carry %s', async (_, left, right, sum) => {
    await record(minute(5, 1, left))
    await record(minute(5, 1, right))
    expect((await read())[0]?.digest).toBe(sum)
  })

  it('adds twice within one append', async () => {
    await record(minute(5, 1, 1n, A), minute(5, 1, 2n, B))
    expect(await read()).toEqual([{ minute: 5, count: 2, digest: 3n, uids: A + B }])
  })

  it('gives the minutes of a range, both ends included, ascending', async () => {
    await record(minute(9, 1, 1n), minute(5, 1, 1n), minute(7, 1, 1n), minute(2 ** 33, 1, 1n))
    const minutes = async (from: number, to: number) => (await read(from, to)).map((it) => it.minute)
    expect(await minutes(5, 9)).toEqual([5, 7, 9])
    expect(await minutes(6, 8)).toEqual([7])
    expect(await minutes(10, Number.MAX_SAFE_INTEGER)).toEqual([2 ** 33])
  })

  it('finds the newest minute before another', async () => {
    await record(minute(5, 1, 1n), minute(9, 1, 1n))
    const before = await Promise.all([4, 5, 6, 9, 10].map((at) => store.now().ledgerMinuteBefore(SOURCE, at)))
    expect(before).toEqual([undefined, undefined, 5, 5, 9])
  })

  it('drops uids first and whole minutes later', async () => {
    await record(minute(5, 1, 1n, A), minute(6, 1, 2n, A), minute(7, 1, 3n, A))
    await store.now().pruneLedger(SOURCE, 7, 6)
    expect(await read()).toEqual([
      { minute: 6, count: 1, digest: 2n, uids: undefined },
      { minute: 7, count: 1, digest: 3n, uids: A },
    ])
  })

  it('keeps dropped uids dropped: a part of them would look like all', async () => {
    await record(minute(5, 1, 1n, A))
    await store.now().pruneLedger(SOURCE, 6, 0)
    await record(minute(5, 1, 2n, B))
    expect(await read()).toEqual([{ minute: 5, count: 2, digest: 3n, uids: undefined }])
  })

  it('drops whole minutes of every sink too, and years of them do not pile up', async () => {
    const minutes = (source = SOURCE) => [5, 6].map((at) => sinkMinute({ source, minute: at, delivered: 1 }))
    const ledger = [...minutes(), ...minutes('other')]
    const state = { cursors: { [SOURCE]: freshCursor(2), other: freshCursor(2) } }
    await fill(store.now(), [2])
    await fill(store.now(), [2], 'other')
    await record(minute(5, 1, 1n, A), minute(6, 1, 2n, A))
    for (const sink of ['soc', 'left: long ago']) {
      await store.now().settle([settlement({ sink, state, ledger })])
    }
    await store.now().pruneLedger(SOURCE, 7, 6)
    await store.twice(async (now) => {
      for (const sink of ['soc', 'left: long ago']) {
        const kept = async (source: string) =>
          (await now.sinkLedger(sink, source, 0, 1e9)).map((it) => it.minute)
        expect([sink, await kept(SOURCE), await kept('other')]).toEqual([sink, [6], [5, 6]])
      }
    })
  })

  it('prunes one source only', async () => {
    await record(minute(5, 1, 1n, A))
    await store.now().pruneLedger('other', 100, 100)
    expect(await read()).toHaveLength(1)
  })

  it('keeps the same record once in the quarantine, and says how many were new', async () => {
    const [q1, q2] = [quarantined('q1', 10), quarantined('q2', 20)]
    expect(await store.now().append(append({ quarantined: [q1] }))).toEqual({ quarantined: 1 })
    expect(await store.now().append(append({ quarantined: [q1, q2, { ...q2, at: 99 }] }))).toEqual({
      quarantined: 1,
    })
    expect(await store.now().countQuarantined(SOURCE)).toBe(2)
    const other = append({ source: 'other', quarantined: [q1] })
    expect(await store.now().append(other)).toEqual({ quarantined: 1 })
    expect(await store.now().countQuarantined(SOURCE)).toBe(2)
  })

  it('shows the quarantine newest first, with its bytes', async () => {
    await store.now().append(append({ quarantined: [quarantined('q1', 10), quarantined('q3', 30)] }))
    await store.now().append(append({ quarantined: [quarantined('q2', 20)] }))
    await store.twice(async (now) => {
      const kept = await now.quarantine(SOURCE, 2)
      expect(kept.map(({ id, at, reason }) => ({ id, at, reason }))).toEqual([
        { id: 'q3', at: 30, reason: 'row q3 has no time' },
        { id: 'q2', at: 20, reason: 'row q2 has no time' },
      ])
      expect(Buffer.from(kept[0]?.bytes ?? []).toString()).toBe('\u0000"q3')
    })
  })

  it('does not hand out what a caller could change', async () => {
    await record(minute(5, 1, 1n, A))
    const [first] = await store.now().ledger(SOURCE, 5, 5)
    first?.digest.fill(9)
    expect((await store.now().ledger(SOURCE, 5, 5))[0]?.digest).toEqual(Uint8Array.from(digestOf(1n)))
  })
}
