/** What a bucket's manifests say about its objects: read from the newest back, no further than asked for. */
import { hash } from 'node:crypto'
import { addUid, digestHex, emptyDigest } from '../ledger/digest.ts'
import { hexOf, numberOfHex } from '../ledger/digest-number.ts'
import type { BucketReader } from '../lib/aws/s3-bucket.ts'
import { counted } from '../lib/counted.ts'
import { hashHolds, type ManifestObject, parseManifest, type SealedManifest } from './manifest.ts'
import { manifestFolder, manifestKey, manifestNumber } from './manifest-keys.ts'

export interface Listing {
  /** By key. */
  readonly objects: ReadonlyMap<string, Listed>
  readonly faults: readonly ManifestFault[]
  /** Whether an object that was written then (milliseconds) must stand in one of the manifests. */
  mustList(writtenAt: number): boolean
}

export interface Listed {
  readonly object: ManifestObject
  /** Key of the manifest, or its path where files are named by their paths. */
  readonly manifest: string
}

interface ManifestFault {
  readonly kind: 'missing' | 'changed'
  readonly key: string
  readonly message: string
}

/** Clocks of the writer and of the store. */
const CLOCKS_MS = 60_000

/**
 * `prefix`: of all keys of the sink, empty or ending in a slash. Answers what is listed of objects that were written
 * at `from` (milliseconds) or later; undefined where no manifest is.
 */
export function createManifestReader(
  bucket: Pick<BucketReader, 'list' | 'get'>,
  prefix: string,
  sink: string,
): (from: number, signal: AbortSignal) => Promise<Listing | undefined> {
  const folder = manifestFolder(prefix, sink)
  const objects = new Map<string, Listed>()
  const faults: ManifestFault[] = []
  let numbers: Set<number> | undefined
  let next = 0
  let newestAt = 0
  let oldestAt = Number.POSITIVE_INFINITY
  /** What the next manifest says about this one. */
  let known: SealedManifest['manifest']['previous'] | undefined

  const take = (key: string, bytes: Uint8Array) => {
    const sealed = parseManifest(bytes)
    const isOther = known != null && known.sha256 !== hash('sha256', bytes)
    known = undefined
    if (sealed === undefined) {
      faults.push({ kind: 'changed', key, message: 'it is no manifest any more' })
      return
    }
    if (!hashHolds(sealed)) {
      faults.push({ kind: 'changed', key, message: 'the manifest has another hash than its own' })
      return
    }
    if (isOther)
      faults.push({ kind: 'changed', key, message: 'the manifest after it knows it by another hash' })
    const { manifest } = sealed
    known = manifest.previous
    newestAt = Math.max(newestAt, Date.parse(manifest.at))
    oldestAt = Date.parse(manifest.at)
    // If an object is listed twice, the later entry counts, which was read first.
    for (const object of manifest.objects) {
      if (!objects.has(object.key)) objects.set(object.key, { object, manifest: key })
    }
  }

  return async (from, signal) => {
    if (numbers === undefined) {
      const found = new Set<number>()
      for await (const { key } of bucket.list(folder, signal)) {
        const number = manifestNumber(key)
        if (number !== undefined) found.add(number)
      }
      numbers = found
      next = Math.max(-1, ...found)
    }
    if (numbers.size === 0) return undefined
    for (; next >= 0 && oldestAt >= from; next--) {
      const key = manifestKey(folder, next)
      if (numbers.has(next)) take(key, await bucket.get(key, signal))
      else {
        known = undefined
        faults.push({ kind: 'missing', key, message: 'the manifest is missing: what it listed is not known' })
      }
    }
    const isBroken = faults.length > 0
    const [first, last] = [oldestAt + CLOCKS_MS, newestAt - CLOCKS_MS]
    return { objects, faults, mustList: (at) => !isBroken && at > first && at < last }
  }
}

/** How an object that is not what its manifest lists differs, and the uid that is gone, as far as it can be known. */
export function describeChange(
  { object, manifest }: Listed,
  uids: readonly string[],
): { readonly message: string; readonly uids: readonly string[] } {
  const digest = emptyDigest()
  for (const uid of uids) addUid(digest, uid)
  const message = `its bytes are not those that ${manifest} lists`
  const there = digestHex(digest)
  if (uids.length !== object.events) {
    const difference = `${message}: it holds ${counted(uids.length, 'event')}, and held ${object.events}`
    if (uids.length !== object.events - 1) return { message: difference, uids: [] }
    // Only the first half of a uid is summed up.
    return { message: difference, uids: [hexOf(numberOfHex(object.digest) - numberOfHex(there))] }
  }
  const what = there === object.digest ? ', though its uids are: their content was changed' : ''
  return { message: message + what, uids: [] }
}
