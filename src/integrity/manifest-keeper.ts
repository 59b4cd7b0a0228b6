/**
 * Keeps the manifests of a bucket: one for each window that is over, in a chain. What to list is derived from the bucket
 * itself, so that a kill at any instant loses nothing; this process also remembers what it wrote, so that an object that
 * has vanished since is still listed.
 */
import { createHash, type KeyObject } from 'node:crypto'
import type { Logger } from '../lib/logger.ts'
import { createTurns } from '../lib/turns.ts'
import { fromMetadata, type Manifest, type ManifestObject, timeOf } from './manifest.ts'
import { createManifestChain, type Head, type ManifestBucket } from './manifest-chain.ts'
import { manifestFolder, manifestKey } from './manifest-keys.ts'

interface ManifestKeeper {
  /** Before the first object is written: manifests are kept from here on. */
  begin(signal: AbortSignal): Promise<void>
  wrote(object: ManifestObject): void
  /** Writes the manifest of the windows that are over, if there is one to write. Begins nothing. */
  tend(signal: AbortSignal): Promise<void>
}

interface KeeperParts {
  readonly sink: string
  /** Of all keys of the sink, empty or ending in a slash. */
  readonly prefix: string
  readonly everyMs: number
  readonly privateKey: KeyObject | undefined
  readonly bucket: ManifestBucket
  readonly logger: Logger
  readonly now: () => number
}

/** How long a window's manifest waits for events that come a little late: the time of a poll and a batch. */
const GRACE_MS = 15 * 60_000
/** Puts under way while the bucket was listed, and clocks that differ. */
const OVERLAP_MS = 15 * 60_000
/** Beyond it one more manifest follows at once: an answer is read up to 1 MiB. */
const MOST_OBJECTS = 500
const MOST_REMEMBERED = 100_000

/** What the next manifest says: its window in milliseconds, and whether it lists all of that. */
interface Listing {
  readonly from: number
  readonly until: number
  readonly now: number
  readonly listed: readonly ManifestObject[]
  readonly isAll: boolean
}

export function createManifestKeeper(it: KeeperParts): ManifestKeeper {
  const { bucket, prefix, everyMs } = it
  const folder = manifestFolder(prefix, it.sink)
  const chain = createManifestChain({ folder, privateKey: it.privateKey, bucket })
  const written = new Map<string, ManifestObject>()
  let head: Head | undefined
  const inTurn = createTurns()

  const begin = async (signal: AbortSignal) => {
    head ??= await chain.head(signal)
    if (head !== undefined) return
    const [now, key] = [it.now(), manifestKey(folder, 0)]
    const from = timeOf(now - (now % everyMs))
    const bounds = { from, to: from, at: timeOf(now) }
    const before = await census(signal)
    const first = { version: 1, sink: it.sink, number: 0, key, ...bounds, previous: null, before } as const
    head = await chain.add({ ...first, objects: [] }, signal)
  }

  const census = async (signal: AbortSignal) => {
    const keys = createHash('sha256')
    let objects = 0
    for await (const { key } of bucket.list(prefix, signal)) {
      if (isManifestKey(key)) continue
      keys.update(`${key}\n`)
      objects++
    }
    return { objects, sha256: keys.digest('hex') }
  }

  const tend = async (signal: AbortSignal) => {
    try {
      await catchUp(signal)
    } catch (error) {
      const from = head === undefined ? '' : ` of the time from ${head.manifest.to} on`
      throw new Error(`the manifest${from} could not be written`, { cause: error })
    }
  }

  const catchUp = async (signal: AbortSignal) => {
    head ??= await chain.head(signal)
    while (head !== undefined && !signal.aborted) {
      if (windowAfter(head.manifest) === undefined) return
      const objects = await unlisted(head.manifest, signal)
      // By the store's clock, which ours may differ from.
      const window = windowAfter(head.manifest)
      if (window === undefined) return
      const { from, to, now } = window
      const listed = objects.slice(0, MOST_OBJECTS)
      const isAll = listed.length === objects.length
      // A window that is not listed completely is not over yet: the next manifest follows at once.
      const until = isAll ? to : from
      head = await next(head, { from, until, now, listed, isAll }, signal)
      for (const { key } of head.manifest.objects) written.delete(key)
    }
  }

  /** What is over and in no manifest yet. */
  const windowAfter = (last: Manifest): { from: number; to: number; now: number } | undefined => {
    const now = it.now()
    const from = Date.parse(last.to)
    const to = now - GRACE_MS - ((now - GRACE_MS) % everyMs)
    if (to > from) return { from, to, now }
    // A clock that was ahead closed future windows: until those come, what is written is listed late, but as often.
    const isTooEarly = from > now + OVERLAP_MS && Math.abs(now - Date.parse(last.at)) >= everyMs
    return isTooEarly ? { from, to: from, now } : undefined
  }

  const next = (
    before: Head,
    { from, until, now, listed, isAll }: Listing,
    signal: AbortSignal,
  ): Promise<Head> => {
    const number = before.manifest.number + 1
    const late = (object: ManifestObject) => Date.parse(object.last.time) < from
    return chain.add(
      {
        version: 1,
        sink: it.sink,
        number,
        key: manifestKey(folder, number),
        from: timeOf(from),
        to: timeOf(until),
        at: isAll ? timeOf(now) : before.manifest.at,
        previous: { key: before.manifest.key, sha256: before.sha256 },
        objects: listed.map((object) => (late(object) ? { ...object, late: true } : object)),
      },
      signal,
    )
  }

  /** What was written since the last manifest was made and stands in none, sorted by key. */
  const unlisted = async (last: Manifest, signal: AbortSignal): Promise<ManifestObject[]> => {
    const since = (await madeAt(last, signal)) - OVERLAP_MS
    const known = await keysSince(last, since, signal)
    const found = new Map<string, ManifestObject>()
    for (const [key, object] of written) if (!known.has(key)) found.set(key, object)
    for await (const { key, writtenAt } of bucket.list(prefix, signal)) {
      if (writtenAt < since || known.has(key) || found.has(key) || isManifestKey(key)) continue
      const object = fromMetadata(key, await bucket.metadata(key, signal), it.privateKey)
      if (object !== undefined) found.set(key, object)
      else it.logger.warn('an object that this sink did not write is in no manifest', { key })
    }
    return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** When the last manifest was made; of those that a clock ahead of ours made, the one before them. */
  const madeAt = async (last: Manifest, signal: AbortSignal): Promise<number> => {
    let made = Date.parse(last.at)
    for await (const { at } of chain.backFrom(last, signal)) {
      made = Date.parse(at)
      if (made <= it.now() + OVERLAP_MS) break
    }
    return made
  }

  /** What the manifests list that may still be among the objects written since. */
  const keysSince = async (last: Manifest, since: number, signal: AbortSignal): Promise<Set<string>> => {
    const keys = new Set<string>()
    for await (const { at, objects } of chain.backFrom(last, signal)) {
      for (const { key } of objects) keys.add(key)
      if (Date.parse(at) < since) break
    }
    return keys
  }

  const isManifestKey = (key: string) => key.startsWith(`${prefix}manifests/`)

  return {
    begin: (signal) => inTurn(() => begin(signal)),
    wrote(object) {
      // What is forgotten here can be found in the bucket.
      if (written.size < MOST_REMEMBERED) written.set(object.key, object)
    },
    tend: (signal) => inTurn(() => tend(signal)),
  }
}
