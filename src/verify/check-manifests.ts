/** Checks the manifests of a bucket against each other, and what they say about its objects. */
import { hash, type KeyObject } from 'node:crypto'
import type { Listed } from '../integrity/listed-objects.ts'
import {
  hashHolds,
  isAsWritten,
  parseManifest,
  type SealedManifest,
  signatureHolds,
} from '../integrity/manifest.ts'
import type { Fault, Verdict } from './finding.ts'

export interface FoundManifest {
  readonly path: string
  readonly sealed: SealedManifest
  readonly sha256: string
  readonly isAsWritten: boolean
  /** The part of its key that precedes its path here. */
  readonly above: string
}

export interface ManifestChain {
  /** Ascending by number. */
  readonly manifests: readonly FoundManifest[]
  /** By path. */
  readonly objects: ReadonlyMap<string, Listed>
  /** A manifest is missing or faulty, so it is not known which objects it listed. */
  readonly isBroken: boolean
}

export function readManifest(path: string, bytes: Uint8Array): FoundManifest | Fault {
  const sealed = parseManifest(bytes)
  const key = sealed?.manifest.key ?? ''
  if (sealed === undefined) return { kind: 'damaged', file: path, message: 'it is no manifest any more' }
  if (key !== path && !key.endsWith(`/${path}`)) {
    return { kind: 'changed', file: path, message: `it was written as ${key}` }
  }
  const above = key.slice(0, key.length - path.length)
  return { path, sealed, sha256: hash('sha256', bytes), isAsWritten: isAsWritten(sealed, bytes), above }
}

/**
 * Checks that each manifest of one sink is intact and in its place. `damaged`: the numbers of files that are no longer
 * manifests.
 */
export function checkChain(
  found: readonly FoundManifest[],
  damaged: ReadonlySet<number>,
  publicKey: KeyObject | undefined,
): Fault[] {
  return found.flatMap((it, index) => {
    const { path } = it
    const own = ownFault(it, publicKey)
    if (own !== undefined) return [{ kind: 'changed', file: path, message: own }]
    const place = placeFault(it, found[index - 1], damaged) ?? laterFault(it, found[index + 1])
    return place === undefined ? [] : [{ ...place, file: path }]
  })
}

function ownFault(found: FoundManifest, publicKey: KeyObject | undefined): string | undefined {
  const { sealed } = found
  const { number, previous } = sealed.manifest
  if (!hashHolds(sealed)) return 'the manifest has another hash than its own'
  if (number === 0 && previous !== null) return 'the first manifest names one before'
  if (!found.isAsWritten)
    return 'it was changed beside what its hash covers: look for blanks, or a member too many'
  if (publicKey === undefined || signatureHolds(sealed, publicKey)) return undefined
  return sealed.signature === undefined
    ? 'the manifest is not signed'
    : 'the signature does not hold with this key'
}

function placeFault(
  { sealed }: FoundManifest,
  before: FoundManifest | undefined,
  damaged: ReadonlySet<number>,
): Verdict | undefined {
  const { number } = sealed.manifest
  const wanted = before === undefined ? 0 : before.sealed.manifest.number + 1
  if (number < wanted) return { kind: 'added', message: `manifest ${number} is there twice` }
  if (number === wanted || damaged.has(number - 1)) return undefined
  const which = number === wanted + 1 ? `manifest ${wanted} is` : `manifests ${wanted} to ${number - 1} are`
  return { kind: 'missing', message: `${which} missing before manifest ${number}` }
}

/** If a manifest was sealed again, the next one still refers to the earlier version. */
function laterFault(
  { sealed, sha256 }: FoundManifest,
  after: FoundManifest | undefined,
): Verdict | undefined {
  const next = after?.sealed
  if (next?.manifest.number !== sealed.manifest.number + 1 || !hashHolds(next)) return undefined
  if (next.manifest.previous?.sha256 === sha256) return undefined
  return { kind: 'changed', message: `it was made anew: ${after?.path} knows it by another hash` }
}

/** What the manifests list, by path; if an object is listed twice, the later entry counts. */
export function objectsOf(found: readonly FoundManifest[]): ManifestChain['objects'] {
  const objects = new Map<string, Listed>()
  for (const { sealed, path, above } of found) {
    for (const object of sealed.manifest.objects) {
      if (object.key.startsWith(above))
        objects.set(object.key.slice(above.length), { object, manifest: path })
    }
  }
  return objects
}
