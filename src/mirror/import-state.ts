/** `state import`: lets sources continue from an exported state or a mirror. */
import type { Config } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import { readByBackfills } from '../spool/backfill-state.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { type MirrorDocument, type MirroredSource, recoveredState } from './document.ts'

/** Each configured source in the document continues from there; its lanes begin where its log is. */
export async function importState(
  config: Config,
  store: Store,
  document: MirrorDocument,
  force: boolean,
): Promise<string[]> {
  const known = Object.keys(config.sources).filter((id) => document.sources[id] !== undefined)
  const strangers = Object.keys(document.sources).filter((id) => config.sources[id] === undefined)
  if (known.length === 0) {
    throw new OperationError(`none of its sources (${strangers.join(', ')}) is in the configuration`)
  }
  const present = new Map<string, SourceState>()
  for (const id of known) {
    const state = await store.loadSource(id)
    if (state !== undefined) present.set(id, state)
    if (state !== undefined && !force) {
      throw new OperationError(
        `the source ${id} has a state already: --force puts the imported one in its place`,
      )
    }
  }
  for (const id of known) {
    const here = present.get(id)
    const lostAt = here === undefined ? Math.floor(Date.now() / 1000) : undefined
    const recovered = recoveredState(document.sources[id] as MirroredSource, lostAt)
    const state = here === undefined ? recovered : besideItsLog(recovered, here)
    await store.append({ source: id, state, ledger: [], quarantined: [] })
  }
  return known
}

/** Log, ledger and lanes stay, so what the state says about them stays too. */
function besideItsLog(imported: SourceState, here: SourceState): SourceState {
  const { polled, spooled, late, requests, unknownActions, total, held, recovered } = here
  return {
    ...imported,
    ...{ polled, spooled, late, requests, unknownActions },
    ...(total && { total }),
    ...(held && { held }),
    ...(recovered && { recovered }),
    gaps: [...new Map([...imported.gaps, ...here.gaps].map((gap) => [gap.second, gap])).values()],
    read: readByBackfills(here),
  }
}
