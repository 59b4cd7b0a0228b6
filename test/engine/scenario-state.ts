/** What a store holds after an engine has ended, in whichever way. */
import { unpackEntry } from '../../src/spool/codec.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import type { Store } from '../../src/spool/store.ts'
import { SOURCE } from './scenario-config.ts'

export type Counts = Readonly<Record<'delivered' | 'filtered' | 'deadLettered', number>>

/** Uids of a lane's open batches, and of dead letters queued for another try: what the next engine may send again. */
export async function openUids(store: Store, sink: string): Promise<string[]> {
  const uids: string[] = []
  const lane = await store.loadLane(sink)
  for (const [from, to] of lane?.cursors[SOURCE]?.open.flatMap(({ ranges }) => ranges) ?? []) {
    for (let offset = from; offset < to; offset++) {
      const entry = await store.readEntry(SOURCE, offset)
      if (entry === undefined) throw new Error(`offset ${offset} is open for ${sink} but no longer spooled`)
      uids.push((await unpackEntry(entry)).uid(offset - entry.base))
    }
  }
  const queued = await store.deadLetters({ sink, state: 'queued' })
  return [...uids, ...queued.map(({ uid }) => uid)]
}

/** Whether the source's ledger knows a uid, by the first eight bytes, which it keeps. */
export async function knownTo(store: Store): Promise<(uid: string) => boolean> {
  const minutes = await store.ledger(SOURCE, 0, Number.MAX_SAFE_INTEGER)
  const packed = Buffer.concat(minutes.map(({ uids }) => uids ?? Buffer.alloc(0))).toString('hex')
  const known = new Set(packed.match(/.{16}/g))
  return (uid) => known.has(uid.slice(0, 16))
}

/** A sink's counts as its lane keeps them, and as its ledger adds them up. */
export async function countsOf(store: Store, sink: string): Promise<{ counted: Counts; ledger: Counts }> {
  const lane = await store.loadLane(sink)
  const { delivered, filtered, deadLettered } = lane?.cursors[SOURCE] ?? freshCursor(0)
  const ledger = { delivered: 0, filtered: 0, deadLettered: 0 }
  for (const minute of await store.sinkLedger(sink, SOURCE, 0, Number.MAX_SAFE_INTEGER)) {
    ledger.delivered += minute.delivered
    ledger.filtered += minute.filtered
    ledger.deadLettered += minute.deadLettered
  }
  return { counted: { delivered, filtered, deadLettered }, ledger }
}
