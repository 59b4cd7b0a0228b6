/**
 * Keeps the manifests of a bucket: one for each window that is over, in a chain. What to list is derived from the bucket
 * itself, so that a kill at any instant loses nothing; this process also remembers what it wrote, so that an object that
 * has vanished since is still listed.
 */
import { createHash, hash, type KeyObject } from 'node:crypto'
import type { Logger } from '../lib/logger.ts'
import {
  fromMetadata,
  type Manifest,
  type ManifestObject,
  parseManifest,
  sealManifest,
  timeOf,
} from './manifest.ts'
import { manifestFolder, manifestKey, manifestNumber } from './manifest-keys.ts'

export interface ManifestBucket {
  list(prefix: string, signal: AbortSignal): AsyncIterable<ListedObject>
  get(key: string, signal: AbortSignal): Promise<Uint8Array>
  /** Metadata without its `x-amz-meta-`. */
  metadata(key: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>
  /** Answers false if the key exists: it is never written over. */
  putNew(key: string, body: Uint8Array, signal: AbortSignal): Promise<boolean>
}

interface ListedObject {
  readonly key: string
  /** Milliseconds, by the store's clock. */
  readonly writtenAt: number
}

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

interface Head {
  readonly manifest: Manifest
  readonly sha256: string
}

export function createManifestKeeper(it: KeeperParts): ManifestKeeper {
  const { bucket, prefix, everyMs } = it
  const folder = manifestFolder(prefix, it.sink)
  const written = new Map<string, ManifestObject>()
  let head: Head | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(task: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(task)
    turn = mine.catch(() => undefined)
    return mine
  }

  const readHead = async (signal: AbortSignal): Promise<Head | undefined> => {
    let last: string | undefined
    for await (const { key } of bucket.list(folder, signal)) if (manifestNumber(key) !== undefined) last = key
    return last === undefined ? undefined : read(last, signal)
  }

  const read = async (key: string, signal: AbortSignal): Promise<Head> => {
    const bytes = await bucket.get(key, signal)
    const sealed = parseManifest(bytes)
    if (sealed === undefined)
      throw new Error(`${key} is no manifest: look at it with \`npx auditferry verify\``)
    return { manifest: sealed.manifest, sha256: hash('sha256', bytes) }
  }

  /** Another process, or this one before a kill, may have been quicker: then its manifest is the head. */
  const add = async (manifest: Manifest, signal: AbortSignal): Promise<Head> => {
    const bytes = sealManifest(manifest, it.privateKey)
    const isNew = await bucket.putNew(manifest.key, bytes, signal)
    return isNew ? { manifest, sha256: hash('sha256', bytes) } : read(manifest.key, signal)
  }

  const begin = async (signal: AbortSignal) => {
    head ??= await readHead(signal)
    if (head !== undefined) return
    const [now, key] = [it.now(), manifestKey(folder, 0)]
    const from = timeOf(now - (now % everyMs))
    const bounds = { from, to: from, at: timeOf(now) }
    const before = await census(signal)
    const first = { version: 1, sink: it.sink, number: 0, key, ...bounds, previous: null, before } as const
    head = await add({ ...first, objects: [] }, signal)
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
    head ??= await readHead(signal)
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
    return add(
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
    let at = last
    while (Date.parse(at.at) > it.now() + OVERLAP_MS && at.previous !== null)
      at = (await read(at.previous.key, signal)).manifest
    return Date.parse(at.at)
  }

  /** What the manifests list that may still be among the objects written since. */
  const keysSince = async (last: Manifest, since: number, signal: AbortSignal): Promise<Set<string>> => {
    const keys = new Set<string>()
    for (let at: Manifest = last; ; ) {
      for (const { key } of at.objects) keys.add(key)
      if (at.previous === null || Date.parse(at.at) < since) return keys
      at = (await read(at.previous.key, signal)).manifest
    }
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
