/** What rules made of an entry's events, for one batch: packed again when much was unpacked after it, as entries are. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { AuditEvent } from '../event.ts'
import type { Ruling } from './rules.ts'
import type { Packable, Unpacked } from './unpacked.ts'

export interface RuledLines extends Packable {
  /** Answers its index. */
  add(ruling: Kept): number
  payload(index: number): Uint8Array
  /** Undefined once packed, and where it is as stored: it takes several times the memory of its line, and is made anew of that. */
  event(index: number): AuditEvent | undefined
  /** All are there: from now on they may be packed. */
  end(unpacked: Unpacked): void
  /** The batch is brought to its end. */
  settled(): void
}

type Kept = Extract<Ruling, { kind: 'keep' }>

/** What a parsed event takes, roughly. */
const EVENT_BYTES = 2_048
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function createRuledLines(): RuledLines {
  const sizes: number[] = []
  let events: Map<number, AuditEvent> | undefined = new Map()
  let payloads: Uint8Array[] | undefined = []
  let packed: Uint8Array | undefined
  let unpacked: Unpacked | undefined
  let bytes = 0

  const hold = (lines: Uint8Array[]) => {
    payloads = lines
    if (sizes.length > 0) unpacked?.note(it, bytes + EVENT_BYTES * (events?.size ?? 0))
    return lines
  }
  const it: RuledLines = {
    add(ruling) {
      const { payload } = ruling
      if (ruling.isChanged) events?.set(sizes.length, ruling.event)
      payloads?.push(payload)
      bytes += payload.byteLength
      return sizes.push(payload.byteLength) - 1
    },
    payload: (index) => (payloads ?? hold(unpackLines(packed, sizes)))[index] as Uint8Array,
    event: (index) => events?.get(index),
    end(bound) {
      unpacked = bound
      if (payloads !== undefined) hold(payloads)
    },
    settled: () => unpacked?.forget(it),
    pack() {
      if (payloads !== undefined) packed ??= packLines(Buffer.concat(payloads))
      payloads = undefined
      events = undefined
    },
  }
  return it
}

function packLines(lines: Uint8Array): Uint8Array {
  return zstdCompressSync(lines, {
    ...LEVEL,
    pledgedSrcSize: lines.length,
    chunkSize: MIN_CHUNK + (lines.length >> 3),
  })
}

/** In a function of its own: closures beside those above would keep the lines for them. */
function unpackLines(packed: Uint8Array | undefined, sizes: readonly number[]): Uint8Array[] {
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  // In one piece, as entries are.
  const all = zstdDecompressSync(packed ?? Buffer.of(), { chunkSize: Math.max(MIN_CHUNK, bytes + 1) })
  let at = 0
  return sizes.map((size) => {
    at += size
    return all.subarray(at - size, at)
  })
}

const MIN_CHUNK = 1 << 14
