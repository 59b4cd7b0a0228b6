/**
 * What rules made of an entry's events, for one batch, in memory that a later batch reuses. When much has been unpacked
 * since, it is dropped, or packed as entries are if its sink has not had it yet.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { AuditEvent } from '../event.ts'
import type { ByteWriter } from '../lib/byte-writer.ts'
import { createSpareWriters, type SpareWriters } from '../lib/spare-writers.ts'
import type { Kept } from './ruling.ts'
import type { Packable, Unpacked } from './unpacked.ts'

export interface RuledLines extends Packable {
  /** Answers its index. */
  add(ruling: Kept): number
  /** Takes back what was added last. */
  dropLast(): void
  /** Bytes of a payload. */
  size(index: number): number
  /** Undefined once it has been dropped: it can be made again from its line. */
  payload(index: number): Uint8Array | undefined
  /** Undefined once packed, or if unchanged: it takes several times the memory of its line, so it is made again from that. */
  event(index: number): AuditEvent | undefined
  /** All have been added: from now on they may be packed. */
  end(unpacked: Unpacked): void
  /** The batch is finished; `isDoneWith`: written, by a sink that keeps none of it. */
  settled(isDoneWith: boolean): void
}

/** Roughly what a parsed event takes. */
const EVENT_BYTES = 2_048
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function createRuledLines(spare: SpareWriters = createSpareWriters()): RuledLines {
  const ends: number[] = []
  let events: Map<number, AuditEvent> | undefined = new Map()
  let written: ByteWriter | undefined
  let packed: Uint8Array | undefined
  let unpackedAgain: Uint8Array | undefined
  let isGivenUp = false
  let unpacked: Unpacked | undefined
  /** How many payloads are still to be asked for, if each is asked for once. */
  let unasked = 0

  const startOf = (index: number) => (index === 0 ? 0 : (ends[index - 1] as number))
  const bytes = () => startOf(ends.length)
  const note = () => {
    if (ends.length > 0) unpacked?.note(it, bytes() + EVENT_BYTES * (events?.size ?? 0))
  }
  const unpackAgain = () => {
    unpackedAgain = unpackLines(packed, bytes())
    note()
    return unpackedAgain
  }
  const it: RuledLines = {
    add(ruling) {
      const out = written ?? cleared(spare.take())
      written = out
      if (ruling.text === undefined) out.bytes(ruling.payload)
      else if (ruling.encoding === 'latin1') out.ascii(ruling.text)
      else out.text(ruling.text)
      if (ruling.isChanged) events?.set(ends.length, ruling.event)
      unasked++
      return ends.push(out.size) - 1
    },
    dropLast() {
      ends.pop()
      unasked--
      events?.delete(ends.length)
      if (written !== undefined) written.size = bytes()
    },
    size: (index) => (ends[index] as number) - startOf(index),
    payload(index) {
      unasked--
      if (isGivenUp) return undefined
      const [start, end] = [startOf(index), ends[index] as number]
      return written?.written(start, end) ?? (unpackedAgain ?? unpackAgain()).subarray(start, end)
    },
    event: (index) => events?.get(index),
    end(bound) {
      unpacked = bound
      note()
    },
    settled(isDoneWith) {
      unpacked?.forget(it)
      // A payload asked for twice was sent twice, and the first attempt may still be reading from this memory.
      if (isDoneWith && written !== undefined && unasked === 0) spare.giveBack(written)
      isGivenUp = true
      written = undefined
    },
    pack() {
      // A sink that has had all of them seldom asks again. Events that rules changed stay: made again, they might differ.
      if (packed === undefined && unasked <= 0 && events?.size === 0) isGivenUp = true
      else if (written !== undefined) packed = packLines(written.written())
      // Not given back: the sink may be reading from it.
      written = undefined
      unpackedAgain = undefined
      events = undefined
    },
  }
  return it
}

function cleared(writer: ByteWriter): ByteWriter {
  writer.clear()
  return writer
}

function packLines(lines: Uint8Array): Uint8Array {
  return zstdCompressSync(lines, {
    ...LEVEL,
    pledgedSrcSize: lines.length,
    chunkSize: MIN_CHUNK + (lines.length >> 3),
  })
}

/** In one piece, as entries are. */
function unpackLines(packed: Uint8Array | undefined, bytes: number): Uint8Array {
  return zstdDecompressSync(packed ?? Buffer.of(), { chunkSize: Math.max(MIN_CHUNK, bytes + 1) })
}

const MIN_CHUNK = 1 << 14
