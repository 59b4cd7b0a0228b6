/** An object against what its manifest says of it. */
import { hexOf, type ManifestObject } from '../integrity/manifest.ts'
import type { CheckedFile } from './check-file.ts'
import type { Fault } from './finding.ts'

export interface Listed {
  readonly object: ManifestObject
  /** Path of the manifest. */
  readonly manifest: string
}

/** Undefined if the object is what was listed. */
export function compareObject(file: CheckedFile, listed: Listed): Fault | undefined {
  const { path, fault } = file
  if (file.sha256 === listed.object.sha256) return undefined
  // A chain names the event best; without one the digest knows which is too many or too few.
  const isNamed = fault !== undefined && (file.isChained || fault.kind === 'damaged')
  const one = isNamed ? undefined : oneByDigest(file, listed)
  if (one !== undefined) return { ...one, file: path }
  if (fault !== undefined && (isNamed || fault.line !== undefined)) return fault
  const { kind, message } = byCount(file, listed)
  return { kind, file: path, message }
}

type Judgement = Omit<Fault, 'file'>

function oneByDigest(file: CheckedFile, listed: Listed): Judgement | undefined {
  if (!file.hasUids && file.events > 0) return undefined
  const more = modulo(sumOf(file) - BigInt(`0x${listed.object.digest}`))
  if (file.events === listed.object.events - 1) {
    // Only the first half of a uid is summed up.
    return { kind: 'missing', uid: `${hex(modulo(-more))}…`, message: counted(file, listed) }
  }
  if (file.events !== listed.object.events + 1) return undefined
  const added = file.uids.find(({ uid }) => uid.startsWith(hex(more)))
  return added && { kind: 'added', ...added, message: counted(file, listed) }
}

function byCount(file: CheckedFile, listed: Listed): Judgement {
  const { events } = listed.object
  if (file.events < events) return { kind: 'missing', message: counted(file, listed) }
  if (file.events > events) return { kind: 'added', message: counted(file, listed) }
  const isSame = file.hasUids && hexOf(file.digest) === listed.object.digest
  const message = isSame
    ? `its bytes are not those that ${listed.manifest} lists, though its uids are: something else than what makes a uid was changed`
    : `its bytes are not those that ${listed.manifest} lists`
  return { kind: 'changed', message }
}

function counted({ events }: CheckedFile, { object, manifest }: Listed): string {
  return `there are ${events} events, and ${object.events} in ${manifest}`
}

function sumOf({ digest }: CheckedFile): bigint {
  return BigInt(`0x${hexOf(digest)}`)
}

function modulo(value: bigint): bigint {
  return BigInt.asUintN(128, value)
}

function hex(value: bigint): string {
  return value.toString(16).padStart(32, '0')
}
