/** `state import`: lets sources continue from an exported state or a mirror. */
import type { Config } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { isUnderWay, readByBackfills } from '../spool/backfill-state.ts'
import { ofOrigin, type SourceState } from '../spool/source-state.ts'
import type { Claim, Store } from '../spool/store.ts'
import { type MirrorDocument, type MirroredSource, recoveredState } from './document.ts'

/** Each configured source in the document continues from there; its lanes begin where its log is. */
export async function importState(
  config: Pick<Config, 'sources'>,
  store: Store,
  document: MirrorDocument,
  force: boolean,
): Promise<string[]> {
  const known = Object.keys(config.sources).filter((id) => Object.hasOwn(document.sources, id))
  const strangers = Object.keys(document.sources).filter((id) => !Object.hasOwn(config.sources, id))
  if (known.length === 0) {
    throw new OperationError(`none of its sources (${strangers.join(', ')}) is in the configuration`)
  }
  for (const id of known) {
    refuseFuture(id, document.sources[id] as MirroredSource)
    if (!force && (await store.loadSource(id)) !== undefined) {
      throw new OperationError(
        `the source ${id} has a state already: --force puts the imported one in its place`,
      )
    }
  }
  const claims: Claim[] = []
  try {
    // All before the first source is changed: an import is whole or none.
    for (const id of known) claims.push(await claimOf(store, id))
    for (const id of known) {
      const here = await store.loadSource(id)
      const lostAt = here === undefined ? Math.floor(Date.now() / 1000) : undefined
      const recovered = recoveredState(document.sources[id] as MirroredSource, lostAt)
      const state = here === undefined ? recovered : besideItsLog(recovered, here)
      await store.append({ source: id, state, ledger: [], quarantined: [] })
    }
  } finally {
    await Promise.all(claims.map((claim) => claim.release()))
  }
  return known
}

/** How far apart the clocks of two machines may be. */
const CLOCKS_APART_MS = 86_400_000

/** From a position in the future nothing would be read until then. */
function refuseFuture(id: string, { position = 0 }: MirroredSource): void {
  if (position * 1000 <= Date.now() + CLOCKS_APART_MS) return
  throw new OperationError(
    `it would have the source ${id} go on from ${rfc3339(position)}, which is still to come: set the clock of this machine right, or take another export`,
  )
}

async function claimOf(store: Store, source: string): Promise<Claim> {
  const claim = await store.claim({ source })
  if (claim !== undefined) return claim
  throw new OperationError(
    `a worker reads the source ${source}: stop all workers, import, and start them again`,
  )
}

/** Log, ledger and lanes stay, so what the state says about them stays too, and a backfill of the same origin goes on. */
function besideItsLog(imported: SourceState, stored: SourceState): SourceState {
  const now = Math.floor(Date.now() / 1000)
  const here = imported.origin === undefined ? stored : ofOrigin(stored, imported.origin, now)
  const { polled, spooled, late, requests, unknownActions, total, held, recovered, backfill } = here
  const mixedBefore = Math.max(imported.mixedBefore ?? 0, here.mixedBefore ?? 0)
  return {
    ...imported,
    ...{ polled, spooled, late, requests, unknownActions },
    ...(total && { total }),
    ...(held && { held }),
    ...(recovered && { recovered }),
    ...(mixedBefore > 0 && { mixedBefore }),
    gaps: [...new Map([...imported.gaps, ...here.gaps].map((gap) => [gap.second, gap])).values()],
    read: readByBackfills(here),
    ...(isUnderWay(backfill) && { backfill }),
  }
}
