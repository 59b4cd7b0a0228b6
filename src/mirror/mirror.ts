/**
 * Keeps a mirror of the state, in memory and where `state.mirror` says, and restores a source from it when the store has
 * lost its state. An empty store is never silently taken for a new one.
 */
import type { Config, SinkConfig } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import { abortable } from '../lib/abortable.ts'
import { withDeadline } from '../lib/deadline.ts'
import type { Logger } from '../lib/logger.ts'
import { formerSources } from '../spool/former-sources.ts'
import type { LaneState } from '../spool/lane-state.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import {
  backfillsToRepeat,
  type MirrorDocument,
  type MirroredLane,
  mirrorSource,
  recoveredState,
  writeDocument,
} from './document.ts'
import type { MirrorPlace } from './place.ts'
import { createMirrorReader } from './read-mirror.ts'
import { createStateId } from './state-id.ts'

export interface Mirror {
  /** Copies what is stored now: into memory at once, and to the place after a copy that is under way. Never rejects. */
  capture(): Promise<void>
  /**
   * What a source without a stored state continues from; undefined when no mirror knows it. Throws OperationError when
   * there is a mirror that can't be read; one that may answer later is waited for.
   */
  recover(source: string, patienceMs: number): Promise<SourceState | undefined>
  /** What the start is waiting for. */
  waitsFor(): string | undefined
  /** Captures once more, within the time; ends waits, and later captures do nothing. Never rejects. */
  close(withinMs: number): Promise<void>
}

interface MirrorParts {
  readonly config: Pick<Config, 'sources' | 'sinks'>
  readonly store: Store
  /** Undefined: in memory only. */
  readonly place: MirrorPlace | undefined
  readonly logger: Logger
  readonly now: () => number
}

const SHARED =
  'another engine with a state of its own writes to this mirror too: after a loss each would go on from where the other was, and lose events; give each its own `state.mirror`'

export function createMirror({ config, store, place, logger, now }: MirrorParts): Mirror {
  const stateId = createStateId(store)
  const reader = place && createMirrorReader(place, logger)
  /** By id, as last stored or as the place had it. */
  let known: MirrorDocument['sources'] = {}
  let last: MirrorDocument | undefined
  let isWorthWriting = false
  let written = ''
  let unread = ''
  let unwritten = ''
  let isShared = false
  let isClosed = false
  /** The commands that were logged last, by source. */
  const asked = new Map<string, string>()

  const copy = async () => {
    const fresh = await documentOf(config, store, now())
    // Merged, not replaced: sources that the store has lost are what the mirror is for.
    known = { ...known, ...fresh.sources }
    last = { ...fresh, ...(place && { of: await stateId.read() }), sources: known }
    isWorthWriting = Object.keys(fresh.sources).length > 0
  }

  /** A failure leaves only the place out of date; memory has the latest state. */
  const tryCopy = async () => {
    if (isClosed || store.trouble() !== undefined) return
    try {
      await copy()
      unread = ''
    } catch (error) {
      // The reason why the connection broke says more than the error of the command under way.
      const reason = store.trouble() ?? messageOf(error)
      if (place !== undefined && reason !== unread)
        logger.warn('the state could not be read for the mirror', { mirror: place.name, reason })
      unread = reason
    }
  }

  const write = async (to: MirrorPlace, document: MirrorDocument) => {
    const text = JSON.stringify({ sources: document.sources, sinks: document.sinks })
    if (text === written) return
    if (written !== '' && !isShared && stateId.isForeign(await to.read('last').catch(() => undefined))) {
      isShared = true
      logger.error(SHARED, { mirror: to.name })
    }
    // After a failed write, what lies there is unknown.
    written = ''
    await to.write(writeDocument(document))
    written = text
  }

  const tryWrite = async () => {
    if (isClosed || place === undefined || last === undefined || !isWorthWriting) return
    const mirror = place.name
    try {
      await write(place, last)
      if (unwritten !== '') logger.info('the mirror is written again', { mirror })
      unwritten = ''
    } catch (error) {
      const reason = messageOf(error)
      if (reason !== unwritten) logger.error('the mirror could not be written', { mirror, reason })
      unwritten = reason
    }
  }

  /** Once: opening a source looks twice before its first page. */
  const askToRepeat = (source: string, repeat: string) => {
    if (repeat === '' || repeat === asked.get(source)) return
    asked.set(source, repeat)
    const news = 'what a backfill read may not have reached every sink, and is not read again by itself'
    logger.warn(news, { source, repeat })
  }

  const copying = oneAtATime(tryCopy)
  // One at a time, or an older text could replace a newer one.
  const writing = oneAtATime(tryWrite)
  const capture = () => copying().then(writing)

  return {
    capture,
    async recover(source, patienceMs) {
      if (known[source] === undefined) {
        const document = await reader?.read(patienceMs)
        const ours = Object.entries(document?.sources ?? {}).filter(([id]) => id in config.sources)
        known = { ...Object.fromEntries(ours), ...known }
      }
      const found = known[source]
      if (found !== undefined) askToRepeat(source, backfillsToRepeat(source, found).join('; '))
      return found && recoveredState(found, Math.floor(now() / 1000))
    },
    waitsFor: () => reader?.waitsFor(),
    async close(withinMs) {
      const { signal } = new AbortController()
      if (withinMs > 0)
        await withDeadline(signal, withinMs, (late) => abortable(capture(), late)).catch(() => undefined)
      isClosed = true
      reader?.close()
      await place?.close()
    },
  }
}

/** Calls that come while one run is under way share the next run. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running = Promise.resolve()
  let waiting: Promise<void> | undefined
  return () => {
    waiting ??= running.then(() => {
      waiting = undefined
      running = work()
      return running
    })
    return waiting
  }
}

/**
 * Everything that is stored. Lanes are read before sources, which keeps positions behind what still waits. Includes
 * sources that left the configuration while a sink lacks events of theirs: those must be read again elsewhere.
 */
export async function documentOf(
  { sources, sinks }: Pick<Config, 'sources' | 'sinks'>,
  store: Store,
  now: number,
): Promise<MirrorDocument> {
  const former = new Map((await formerSources({ sources, sinks }, store)).map((it) => [it.id, it.waiting]))
  const ids = [...Object.keys(sources), ...former.keys()]
  const taking = Object.values(sinks).filter(({ enabled }) => enabled)
  const lanes = await Promise.all(taking.map(({ id }) => store.loadLane(id)))
  const states = await Promise.all(ids.map((id) => store.loadSource(id)))
  const takes = (id: string, sink: SinkConfig | undefined) =>
    sink !== undefined && (sink.sources.includes(id) || former.get(id)?.has(sink.id) === true)
  const mirrored = ids.flatMap((id, at) => {
    const state = states[at]
    const its = lanes.filter((_, of) => takes(id, taking[of]))
    return state === undefined ? [] : [[id, mirrorSource(id, state, its)] as const]
  })
  return {
    version: 1,
    writtenAt: new Date(now).toISOString(),
    sources: Object.fromEntries(mirrored),
    sinks: Object.fromEntries(taking.flatMap(({ id }, at) => placeOf(id, lanes[at]))),
  }
}

/** Without the last error: a receiver's answer may quote an event, and nothing here is encrypted. */
function placeOf(sink: string, lane: LaneState | undefined): [string, MirroredLane][] {
  if (lane === undefined) return []
  const { lastError: _, ...place } = lane
  return [[sink, place]]
}
