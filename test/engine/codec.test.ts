/** A spool entry is read back as it was written, or reported as damaged. */
import { describe, expect, it } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import { native } from '../../src/formats/native.ts'
import { createPacker, unpackEntry } from '../../src/spool/codec.ts'
import { auditEvents } from '../conformance/batches.ts'
import { writeNativeLine } from './spooled-events.ts'

const events = auditEvents(50)

async function packed(count = events.length) {
  return { base: 7, count, blob: await createPacker()(events.slice(0, count), writeNativeLine) }
}

it('gives back every line, uid and timestamp', async () => {
  const entry = await unpackEntry(await packed())
  expect([entry.base, entry.count]).toEqual([7, 50])
  for (const [at, event] of events.entries()) {
    expect(entry.line(at).toString()).toBe(native.encode(event))
    expect([entry.uid(at), entry.timestamp(at)]).toEqual([event.uid, event.timestamp])
  }
})

it('is smaller than its lines', async () => {
  const { blob } = await packed()
  expect(blob.byteLength).toBeLessThan(events.map(native.encode).join('\n').length / 3)
})

it('reads an entry that is a part of a larger buffer', async () => {
  const { blob, ...rest } = await packed(3)
  const around = Buffer.concat([Buffer.from('before'), blob, Buffer.from('after')])
  const entry = await unpackEntry({ ...rest, blob: around.subarray(6, 6 + blob.byteLength) })
  expect(entry.line(2).toString()).toBe(native.encode(events[2] as (typeof events)[number]))
})

it('packs lines longer than any buffer, and one entry after the other', async () => {
  const pack = createPacker()
  const lines = [1, 10, 300_000, 0, 5_000_000].map((size) => 'ü🔐'.repeat(size))
  for (let round = 0; round < 2; round++) {
    const blob = await pack(
      lines.map((line) => ({ timestamp: 4_294_967_295, line })),
      (out, { line }) => out.text(line),
    )
    const entry = await unpackEntry({ base: 0, count: lines.length, blob })
    const back = lines.map((_, at) => entry.line(at).toString())
    expect(back.every((line, at) => line === lines[at])).toBe(true)
    expect(entry.timestamp(4)).toBe(4_294_967_295)
  }
  const small = await unpackEntry({
    base: 0,
    count: 1,
    blob: await pack([{ timestamp: 1 }], (out) => out.text('x')),
  })
  expect(small.line(0).toString()).toBe('x')
})

describe('damage', () => {
  const refused = async (entry: { base: number; count: number; blob: Uint8Array }) => {
    const thrown = await unpackEntry(entry).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(OperationError)
    expect((thrown as Error).message).toMatch(
      /entry at offset 7 is damaged \(.+\).*still at the source.*`start`/,
    )
  }

  it('of any byte is noticed, or does no harm', async () => {
    const entry = await packed(3)
    const lines = events.slice(0, 3).map(native.encode)
    let harmless = 0
    for (let at = 0; at < entry.blob.byteLength; at++) {
      const blob = Uint8Array.from(entry.blob)
      blob[at] = (blob[at] ?? 0) ^ 0x10
      const unpacked = await unpackEntry({ ...entry, blob }).catch(() => undefined)
      if (unpacked === undefined) await refused({ ...entry, blob })
      else expect(lines.map((_, index) => unpacked.line(index).toString())).toEqual(lines)
      if (unpacked !== undefined) harmless++
    }
    // The four bytes of the size, which only say how much memory to allocate, and the frame's hints.
    expect(harmless).toBeLessThanOrEqual(8)
  })

  it('by a cut is noticed', async () => {
    const entry = await packed(3)
    for (const length of [0, 3, 4, 20, entry.blob.byteLength - 1]) {
      await refused({ ...entry, blob: entry.blob.subarray(0, length) })
    }
  })

  it('shows in a count that is not the one that was spooled', async () => {
    await refused({ ...(await packed(3)), count: 4 })
  })
})
