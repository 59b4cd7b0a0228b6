/** Unpacked spool entries, shared by lanes that read the same part of a log. */

import { createSpareWriters } from '../lib/spare-writers.ts'
import { copyEntry, type UnpackedEntry, unpackEntry, unpackEntrySync } from '../spool/codec.ts'
import type { Entry, Store } from '../spool/store.ts'
import { createUnpacked, MOST_UNPACKED, type Packable, type Unpacked } from './unpacked.ts'
import type { Memory } from './work.ts'

/** An entry that unpacks itself again when its lines have been dropped. */
export interface LaneEntry extends Omit<UnpackedEntry, 'free'> {
  /** A batch holds events of it, and will ask for this many lines unchanged. */
  pin(lines: number): void
  /** That batch is settled; `isDoneWith`: written, by a sink that keeps nothing of it. */
  unpin(lines: number, isDoneWith: boolean): void
  /** A lane has read all of it and asks for no further line: its memory is given back, unless a batch has pinned it. */
  release(): void
}

export interface EntryReader extends Memory {
  /** The entry that holds `offset`; undefined at the log's end. Throws OperationError when it is damaged. */
  at(source: string, offset: number): Promise<LaneEntry | undefined>
  /** Keeps what was spooled just now for a lane that waits for it, so that the store need not be asked; copies `plain`. */
  keep(source: string, packed: Entry, plain: Uint8Array): void
}

/** A few are enough: lanes in step share them, a lane that is behind unpacks its own. */
const KEPT = 3

export function createEntryReader(
  store: Pick<Store, 'readEntry'>,
  unpacked: Unpacked = createUnpacked(),
): EntryReader {
  const kept: { source: string; base: number; end: number; entry: Promise<KeptEntry> }[] = []
  const remember = (source: string, { base, count }: Entry, entry: Promise<KeptEntry>) => {
    kept.unshift({ source, base, end: base + count, entry })
    const dropped = kept.splice(KEPT)
    for (const it of dropped)
      void it.entry.then(
        ({ drop }) => drop(),
        () => undefined,
      )
    return entry
  }
  return {
    unpacked,
    spare: createSpareWriters(MOST_UNPACKED),
    async at(source, offset) {
      const found = kept.find((it) => it.source === source && it.base <= offset && offset < it.end)
      if (found !== undefined) return found.entry
      const packed = await store.readEntry(source, offset)
      if (packed === undefined) return undefined
      const entry = unpackEntry(packed).then((first) => packableEntry(packed, first, unpacked))
      return remember(source, packed, entry)
    },
    keep(source, packed, plain) {
      const entry = packableEntry(packed, copyEntry(packed, plain), unpacked)
      void remember(source, packed, Promise.resolve(entry))
    },
  }
}

interface KeptEntry extends LaneEntry, Packable {
  /** Lanes that come later read it again. */
  drop(): void
}

/** Drops its lines when many others have been unpacked after it. Uids, times and sizes stay at hand. */
function packableEntry(packed: Entry, first: UnpackedEntry, unpacked: Unpacked): KeptEntry {
  const { base, count, bytes } = first
  // The only reference to the unpacked entry: another would keep it in memory.
  let open: UnpackedEntry | undefined
  let heads: Heads | undefined
  /** Whether the reader still keeps it, so that any lane may ask for it. */
  let isKept = true
  let batches = 0
  /** How many lines are in batches that are not settled. */
  let pinned = 0
  /** Whether a sink may have kept lines. */
  let isLost = false
  const keepOpen = (entry: UnpackedEntry) => {
    open = entry
    unpacked.note(it, bytes)
    return entry
  }
  // Not in the thread pool, since a sink that asks for a line can't wait. An entry takes about half a millisecond.
  const opened = () => open ?? keepOpen(unpackEntrySync(packed))
  const giveBack = () => {
    if (pinned > 0 || isLost || open?.free() !== true) return
    open = undefined
    unpacked.forget(it)
  }
  const it = {
    ...{ base, count, bytes },
    timestamp: (index: number) => (heads ?? opened()).timestamp(index),
    size: (index: number) => (heads ?? opened()).size(index),
    uid: (index: number) => (heads ?? opened()).uid(index),
    line: (index: number) => opened().line(index),
    pin(lines: number) {
      batches++
      pinned += lines
    },
    unpin(lines: number, isDoneWith: boolean) {
      batches--
      pinned -= lines
      if (lines > 0 && !isDoneWith) isLost = true
      if (batches === 0 && !isKept) giveBack()
    },
    drop() {
      isKept = false
      if (batches === 0) giveBack()
    },
    pack() {
      if (open !== undefined) heads ??= headsOf(open)
      open = undefined
    },
    release() {
      if (open !== undefined && pinned === 0) heads ??= headsOf(open)
      giveBack()
    },
  }
  keepOpen(first)
  return it
}

type Heads = Pick<UnpackedEntry, 'timestamp' | 'size' | 'uid'>

function headsOf(entry: UnpackedEntry): Heads {
  const { timestamps, sizes, uids } = copied(entry)
  return {
    timestamp: (index) => timestamps[index] as number,
    size: (index) => sizes[index] as number,
    uid: (index) => uids.toString('latin1', UID_CHARACTERS * index, UID_CHARACTERS * (index + 1)),
  }
}

/** A function of its own: a closure next to those above would keep the whole entry alive with them. */
function copied({ count, timestamp, size, uid }: UnpackedEntry) {
  const uids = Buffer.allocUnsafeSlow(UID_CHARACTERS * count)
  for (let index = 0; index < count; index++) uids.write(uid(index), UID_CHARACTERS * index, 'latin1')
  const of = (figure: (index: number) => number) =>
    Uint32Array.from({ length: count }, (_, index) => figure(index))
  return { timestamps: of(timestamp), sizes: of(size), uids }
}

const UID_CHARACTERS = 64
