/** The manifests of a sink as a chain in its bucket: where it ends, what is added there, and what it holds. */
import { hash, type KeyObject } from 'node:crypto'
import { type Manifest, parseManifest, sealManifest } from './manifest.ts'
import { manifestNumber } from './manifest-keys.ts'

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

export interface Head {
  readonly manifest: Manifest
  readonly sha256: string
}

interface ManifestChain {
  /** The last manifest; undefined if there is none yet. */
  head(signal: AbortSignal): Promise<Head | undefined>
  /** Another process, or this one before a kill, may have been quicker: then its manifest is the head. */
  add(manifest: Manifest, signal: AbortSignal): Promise<Head>
  /** A manifest and those before it, newest first. */
  backFrom(last: Manifest, signal: AbortSignal): AsyncIterable<Manifest>
}

interface ChainParts {
  /** Of the manifests, ending in a slash. */
  readonly folder: string
  readonly privateKey: KeyObject | undefined
  readonly bucket: Pick<ManifestBucket, 'list' | 'get' | 'putNew'>
}

export function createManifestChain({ folder, privateKey, bucket }: ChainParts): ManifestChain {
  const read = async (key: string, signal: AbortSignal): Promise<Head> => {
    const bytes = await bucket.get(key, signal)
    const sealed = parseManifest(bytes)
    if (sealed === undefined)
      throw new Error(`${key} is no manifest: look at it with \`npx auditferry verify\``)
    return { manifest: sealed.manifest, sha256: hash('sha256', bytes) }
  }
  return {
    async head(signal) {
      let last: string | undefined
      for await (const { key } of bucket.list(folder, signal))
        if (manifestNumber(key) !== undefined) last = key
      return last === undefined ? undefined : read(last, signal)
    },
    async add(manifest, signal) {
      const bytes = sealManifest(manifest, privateKey)
      const isNew = await bucket.putNew(manifest.key, bytes, signal)
      return isNew ? { manifest, sha256: hash('sha256', bytes) } : read(manifest.key, signal)
    },
    async *backFrom(last, signal) {
      let at = last
      yield at
      while (at.previous !== null) {
        at = (await read(at.previous.key, signal)).manifest
        yield at
      }
    },
  }
}
