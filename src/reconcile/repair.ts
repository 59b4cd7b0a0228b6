/** Brings what is missing in the ledger on the way of a poll: the next delivery carries it, with the same uid. */
import { onlyNew } from '../ledger/compare.ts'
import { PACKED_UID_BYTES, packedPart } from '../ledger/minutes.ts'
import type { Choose } from '../pipeline.ts'
import { PATIENCE } from '../poll/read-patiently.ts'
import { type Patience, tryAgain } from '../poll/try-again.ts'
import type { Store } from '../spool/store.ts'
import type { ReconciledSource } from './reconciled-source.ts'
import type { Slice } from './slice.ts'

export async function repair(
  { store, unit }: { readonly store: Store; readonly unit: ReconciledSource },
  slices: readonly Slice[],
  onWait: NonNullable<Patience['onWait']>,
  signal: AbortSignal,
): Promise<{ events: number; gaps: number }> {
  return unit.loop.between(async (held) => {
    const before = unit.poller.state()
    for (const slice of slices.filter((one) => needsRepair(one, before.gaps))) {
      const { from, to } = slice.minutes
      const range = { from: from * 60, to: to * 60 }
      const choose = chooseMissing(store, unit.config.id, slice)
      await tryAgain(() => unit.repair(range, choose, held), { ...PATIENCE, onWait }, held)
    }
    const after = unit.poller.state()
    return { events: after.spooled - before.spooled, gaps: before.gaps.length - after.gaps.length }
  }, signal)
}

function needsRepair(
  { differences, notQuarantined, minutes }: Slice,
  gaps: readonly { readonly second: number }[],
): boolean {
  const isIn = (second: number) => second >= minutes.from * 60 && second < minutes.to * 60
  const lacks = [...differences.values()].some(({ missing }) => missing.length > 0)
  return lacks || notQuarantined > 0 || gaps.some(({ second }) => isIn(second))
}

/** What was missing and still is: the source may have been polled since. */
function chooseMissing(store: Store, source: string, { differences, ledger }: Slice): Choose {
  const missing = new Set([...differences.values()].flatMap((it) => it.missing.map(({ uid }) => uid)))
  /** Events that each minute's ledger should hold by now. */
  const counts = new Map([...ledger].map(([minute, { count }]) => [minute, count]))
  return async (events) => {
    const wanted = events.filter(({ uid }) => missing.has(uid))
    const fresh = await onlyNew(store, source, wanted)
    const chosen: typeof fresh = []
    for (const [minute, some] of Map.groupBy(fresh, ({ timestamp }) => Math.floor(timestamp / 60))) {
      const [known] = await store.ledger(source, minute, minute)
      // Where the uids were forgotten, an unchanged count is what tells that nobody was here before.
      const isForgotten = known !== undefined && known.uids?.length !== known.count * PACKED_UID_BYTES
      if (isForgotten && known.count !== (counts.get(minute) ?? 0)) continue
      counts.set(minute, (known?.count ?? 0) + some.length)
      chosen.push(...some)
    }
    const parts = new Set(chosen.map(({ uid }) => packedPart(uid)))
    return fresh.filter(({ uid }) => parts.has(packedPart(uid)))
  }
}
