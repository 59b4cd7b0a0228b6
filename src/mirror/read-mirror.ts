/** Reads a mirror: each revision on its own, and patiently if it may answer later. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MirrorAway, messageOf, OperationError } from '../errors.ts'
import { backoffMs } from '../lib/backoff.ts'
import type { Logger } from '../lib/logger.ts'
import { type MirrorDocument, readDocument } from './document.ts'
import type { MirrorPlace, Revision } from './place.ts'

interface MirrorReader {
  /**
   * The last intact revision; undefined when there are none at all. Throws MirrorAway when patience runs out, and
   * OperationError when no existing revision is intact, or one can't be read.
   */
  read(patienceMs: number): Promise<MirrorDocument | undefined>
  /** What is waited for, with the reason. */
  waitsFor(): string | undefined
  /** Ends a wait. */
  close(): void
}

const BACKOFF = { baseMs: 1_000, maxMs: 30_000 }
const LEAST_WAIT_MS = 250

export function createMirrorReader(place: MirrorPlace, logger: Logger): MirrorReader {
  const mirror = place.name
  const ending = new AbortController()
  let waiting: string | undefined

  const readPatiently = async (patienceMs: number) => {
    const until = performance.now() + patienceMs
    let logged = ''
    for (let round = 0; ; round++) {
      const { document, reason } = await attempt(place, logger)
      if (reason === undefined) {
        if (logged !== '') logger.info('the mirror answers', { mirror })
        return document
      }
      const left = until - performance.now()
      if (left <= 0 || ending.signal.aborted)
        throw new MirrorAway(`the mirror ${mirror} can't be read: ${reason}`)
      waiting = `waits for the mirror ${mirror}: ${reason}`
      if (reason !== logged) logger.warn('the start waits for the mirror', { mirror, reason })
      logged = reason
      const wait = Math.min(left, Math.max(LEAST_WAIT_MS, backoffMs(round, BACKOFF, Math.random)))
      await sleep(wait, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }

  return {
    async read(patienceMs) {
      if (patienceMs > 0) waiting = `waits for the mirror ${mirror}`
      return readPatiently(patienceMs).finally(() => {
        waiting = undefined
      })
    },
    waitsFor: () => waiting,
    close: () => ending.abort(),
  }
}

/** Answers a `reason` if a later attempt may succeed. */
async function attempt(
  place: MirrorPlace,
  logger: Logger,
): Promise<{ document?: MirrorDocument | undefined; reason?: string }> {
  try {
    return { document: await readRevisions(place, logger) }
  } catch (error) {
    if (error instanceof MirrorAway) return { reason: messageOf(error) }
    throw error
  }
}

/** The previous revision replaces a last one that is gone or damaged, but not one that can't be read: that may be newer. */
async function readRevisions(place: MirrorPlace, logger: Logger): Promise<MirrorDocument | undefined> {
  let damage: string | undefined
  let damaged = 0
  for (const revision of ['last', 'previous'] as const) {
    const text = await readRevision(place, revision, damage)
    if (text === undefined) continue
    try {
      const document = readDocument(text, `the mirror ${place.name}`)
      if (damage !== undefined)
        logger.error('a revision of the mirror cannot be used', { mirror: place.name, reason: damage })
      return document
    } catch (error) {
      damage = messageOf(error)
      damaged++
    }
  }
  if (damage === undefined) return undefined
  const other = damaged === 2 ? 'so is the revision before' : 'there is no other revision'
  throw new OperationError(
    `${damage}, and ${other}. Put a copy in its place, or remove both to begin at each source's \`start\``,
  )
}

/** `damage`: of the last revision. */
async function readRevision(place: MirrorPlace, revision: Revision, damage: string | undefined) {
  try {
    return await place.read(revision)
  } catch (error) {
    const which = revision === 'last' ? '' : 'the revision before: '
    const reason = `${damage === undefined ? '' : `${damage}; `}${which}${messageOf(error)}`
    if (error instanceof MirrorAway) throw new MirrorAway(reason)
    throw new OperationError(`the mirror ${place.name} can't be read: ${reason}`)
  }
}
