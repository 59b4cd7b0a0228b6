/** Reads the objects in a stretch of keys, and compares them with their manifests, if there are any. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { LineFormat } from '../formats/format.ts'
import type { PlaceFault, Stored } from '../formats/read-back.ts'
import type { BucketReader } from '../lib/aws/s3-bucket.ts'
import { counted } from '../lib/counted.ts'
import { unlessGone } from '../lib/unless-gone.ts'
import { createManifestReader, describeChange, type Listing } from './listed-objects.ts'
import type { ObjectRecords } from './object-records.ts'
import { storedLines } from './stored-lines.ts'

interface ReadObjectsParts {
  readonly bucket: BucketReader
  /** Of all keys of the sink, empty or ending in a slash. */
  readonly prefix: string
  readonly sink: string
  readonly format: LineFormat
  readonly recall: ObjectRecords['recall']
}

/** A stretch of keys, which sort by time. */
export interface Stretch {
  readonly prefix: string
  /** What the first and the last key begin with. */
  readonly first: string
  readonly last: string
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
}

type ReadObjects = (stretch: Stretch, signal: AbortSignal) => AsyncGenerator<Stored>

/** Of an object that nobody wrote here not every event is named. */
const UIDS_NAMED = 20
/** A replay of an object that was gone: what the source says of profiles may have changed since. */
const REWRITTEN = {
  madeGood: true,
  message: 'it was gone, and written again by this sink with the same events',
}

export function createReadObjects(it: ReadObjectsParts): ReadObjects {
  const { bucket, format } = it
  const listingOf = createManifestReader(bucket, it.prefix, it.sink)
  const ending = new RegExp(`\\.${format.extension}(\\.gz|\\.zst)?$`)

  async function* readObject(
    { key, writtenAt }: { readonly key: string; readonly writtenAt: number },
    object: Readable,
    listing: Listing | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Stored> {
    const hash = createHash('sha256')
    const uids: string[] = []
    for await (const one of storedLines(key, hashed(object, hash), format)) {
      if (listing !== undefined && typeof one !== 'string') uids.push(one.uid)
      yield one
    }
    const listed = listing?.objects.get(key)
    if (listed !== undefined) {
      const sha256 = hash.digest('hex')
      if (sha256 === listed.object.sha256) return
      const own = it.recall(key, await bucket.metadata(key, signal))
      const isOwn = own?.sha256 === sha256 && own.digest === listed.object.digest
      yield { kind: 'changed', place: key, ...describeChange(listed, uids), ...(isOwn && REWRITTEN) }
    } else if (listing?.mustList(writtenAt)) {
      const message = `${counted(uids.length, 'event')}, in no manifest`
      yield { kind: 'added', place: key, message, uids: uids.slice(0, UIDS_NAMED) }
    }
  }

  return async function* readObjects({ prefix, first, last, from, to }, signal) {
    const listing = await listingOf(from * 1000, signal)
    const isBehind = (key: string) => key > last && !key.startsWith(last)
    const there = new Set<string>()
    // One listing from the first key on holds the range.
    for await (const one of bucket.list(prefix, signal, first)) {
      if (isBehind(one.key)) break
      const isOurs = ending.test(one.key)
      const object = isOurs ? await unlessGone(bucket.stream(one.key, signal)) : undefined
      if (object !== undefined || !isOurs) there.add(one.key)
      if (object !== undefined) yield* readObject(one, object, listing, signal)
    }
    if (listing === undefined) return
    yield* listing.faults.map(({ key, ...fault }) => ({ ...fault, place: key, uids: [] }))
    const isOurs = (key: string) => key.startsWith(prefix) && key >= first && !isBehind(key)
    yield* missing(listing, { from, to }, (key) => isOurs(key) && !there.has(key))
  }
}

/** Objects that are listed but gone. */
function* missing(
  { objects }: Listing,
  { from, to }: Pick<Stretch, 'from' | 'to'>,
  isGone: (key: string) => boolean,
): Generator<PlaceFault> {
  for (const [key, { object, manifest }] of objects) {
    const times = { from: Date.parse(object.first.time) / 1000, to: Date.parse(object.last.time) / 1000 }
    if (!isGone(key) || times.to < from || times.from >= to) continue
    const message = `${counted(object.events, 'event')} from ${object.first.time} to ${object.last.time}, listed in ${manifest}`
    const uids = [...new Set([object.first.uid, object.last.uid])]
    yield { kind: 'missing', place: key, message, uids, times }
  }
}

function hashed(bytes: Readable, hash: ReturnType<typeof createHash>): Readable {
  const read = async function* () {
    for await (const chunk of bytes) {
      hash.update(chunk as Uint8Array)
      yield chunk
    }
  }
  return Readable.from(read(), { objectMode: false })
}
