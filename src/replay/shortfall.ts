/**
 * Counts events that the ledger counts but a walk down a range does not find: they were spooled, and nothing that a
 * replay may read still holds them. If the ledger keeps a minute's uids, events unknown to it do not make up for missing
 * ones.
 */
import { knownUids, packedPart } from '../ledger/minutes.ts'
import type { LedgerMinute, Store } from '../spool/store.ts'
import { ledgerDown } from './from-archives.ts'
import { headOf } from './head.ts'

interface Shortfall {
  /** An event of a counted minute; newest first, each once. */
  found(uid: string, timestamp: number): Promise<void>
  /** Everything from this second on was walked: `lacking` in whole minutes, and what was found of the minute that it divides. */
  downTo(second: number): Promise<{ lacking: number; partly: number }>
  close(): Promise<void>
}

/** `partly`: what an earlier walk found of the minute that `before` divides. Unix seconds, [from, before), in whole minutes. */
export async function openShortfall(
  store: Store,
  source: string,
  { from, before, partly = 0 }: { from: number; before: number; partly?: number },
): Promise<Shortfall> {
  const [first, end] = [Math.floor(from / 60), Math.ceil(before / 60)]
  const ledger = await headOf(ledgerDown(store, source, first, end))
  let lacking = 0
  let current: { at: number; known: LedgerMinute | undefined; uids: Set<string> | undefined; found: number }

  /** On to the minute that begins with `at`; all above it is done. */
  const goTo = async (at: number, found = 0) => {
    for (let above = ledger.at(); above > at; above = ledger.at())
      lacking += (await ledger.take(above))?.minute.count ?? 0
    const known = (await ledger.take(at))?.minute
    current = { at, known, uids: known?.uids && knownUids([known]).get(known.minute), found }
  }
  const finish = () => {
    lacking += Math.max(0, (current.known?.count ?? 0) - current.found)
  }

  await goTo((end - 1) * 60, partly)
  return {
    async found(uid, timestamp) {
      const at = Math.floor(timestamp / 60) * 60
      if (at < current.at) {
        finish()
        await goTo(at)
      }
      const { known, uids } = current
      // Some uids are missing if the minute grew after its uids were forgotten.
      if (uids === undefined || uids.size !== known?.count || uids.has(packedPart(uid))) current.found++
    },
    async downTo(second) {
      const at = Math.floor(second / 60) * 60
      if (at < current.at) {
        finish()
        await goTo(at)
      }
      if (at !== second) return { lacking, partly: current.found }
      finish()
      return { lacking, partly: 0 }
    },
    close: () => ledger.close(),
  }
}
