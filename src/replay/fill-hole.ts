/**
 * Fills what the archives hold only in part from the source, merged with what they do hold: an event that both have goes
 * out once, with the bytes that were sent first, and one that the source no longer shows goes out too.
 */
import type { ArchivedEvent } from '../archive/archive.ts'
import type { ArchiveReading } from './archives.ts'
import { downSource, SliceEnds, type SourceReading, type SourceStep, type SourceWalk } from './from-source.ts'
import { headOf, newestOf } from './head.ts'

interface FillParts {
  readonly reading: ArchiveReading
  readonly archives: readonly { readonly id: string }[]
}

/** Throws OperationError when the source does not answer as it should. */
export async function fillHole(
  source: SourceReading,
  { reading, archives }: FillParts,
  walk: SourceWalk,
  signal: AbortSignal,
): Promise<SourceStep> {
  const { from, before } = walk
  const kept = await Promise.all(archives.map(({ id }) => headOf(reading.groups(id, 1, from, before))))
  let second: { readonly at: number; readonly events: Map<string, ArchivedEvent> } | undefined

  /** The newest second of the archives that has not been passed yet. */
  const here = async () => {
    const at = newestOf(kept)
    if (second === undefined && Number.isFinite(at)) {
      const groups = await Promise.all(kept.map((head) => head.take(at)))
      const events = groups.flatMap((group) => group?.events ?? [])
      second = { at, events: new Map(events.map((event) => [event.uid, event])) }
    }
    return second
  }

  /** Passes the seconds down to `end`, adding what the source did not show of them. */
  const pass = async (end: number) => {
    for (let one = await here(); one !== undefined && one.at >= end; one = await here()) {
      for (const { uid, timestamp, line } of one.events.values()) {
        if (walk.matches(uid, timestamp)) await walk.visit(uid, line, timestamp)
      }
      second = undefined
      if (one.at > end && !walk.mayGoOn()) throw new SliceEnds(one.at)
    }
  }

  const visit: SourceWalk['visit'] = async (uid, line, timestamp) => {
    await pass(timestamp + 1)
    const one = await here()
    const archived = one?.at === timestamp ? one.events.get(uid) : undefined
    if (archived !== undefined) one?.events.delete(uid)
    await walk.visit(uid, archived?.line ?? line, timestamp)
  }

  try {
    const step = await downSource(source, { ...walk, visit }, signal)
    return await pass(step.at ?? from).then(
      () => step,
      (error) => {
        if (error instanceof SliceEnds) return { ...step, at: error.position }
        throw error
      },
    )
  } finally {
    await Promise.all(kept.map((head) => head.close()))
  }
}
