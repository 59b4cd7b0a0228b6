/** `auditferry verify`: reads every file of a place once, and compares them with each other. */
import { hash, type KeyObject } from 'node:crypto'
import type { Tip } from '../integrity/chain.ts'
import { parseHead } from '../integrity/file-chain.ts'
import { parseManifest } from '../integrity/manifest.ts'
import { manifestNumber } from '../integrity/manifest-keys.ts'
import { counted } from '../lib/counted.ts'
import { unmovedName } from '../lib/moved-files.ts'
import { checkArchives } from './check-archives.ts'
import { type CheckedFile, type CheckRules, checkFile } from './check-file.ts'
import {
  checkChain,
  type FoundManifest,
  type ManifestChain,
  objectsOf,
  readManifest,
} from './check-manifests.ts'
import { compareObject } from './check-object.ts'
import { checkRotations, liveName } from './check-rotations.ts'
import type { Fault, Findings, Report } from './finding.ts'
import type { Place } from './folder.ts'
import { judgeUnlisted, newest } from './unlisted.ts'

export interface VerifyRules extends CheckRules {
  readonly publicKey: KeyObject | undefined
  /** Bytes of a manifest that was kept elsewhere: it must be among those found. */
  readonly anchor: { readonly name: string; readonly bytes: Buffer } | undefined
}

const EVENTS = /\.(ndjson|jsonl|csv|log|cef|leef)$/

export async function verify(place: Place, rules: VerifyRules): Promise<Report> {
  const found: Findings = { faults: [], notes: [] }
  const { faults, notes } = found
  const chains = await readChains(place, rules, found)
  const heads = await readHeads(place, faults)
  const archives = await checkArchives(place)
  faults.push(...archives.faults)
  notes.push(...archives.notes)
  const files: CheckedFile[] = []
  for (const { path } of place.entries) {
    const isRead = archives.paths.has(path) || manifestNumber(path) !== undefined || path.endsWith('.head')
    if (isRead) continue
    // What has a head file holds events, whatever its name.
    if (!place.isFile && !EVENTS.test(unmovedName(path)) && !heads.has(liveName(path))) continue
    const checked = await checkFile(path, await place.read(path), rules)
    const fault = judgeFile(checked, chains)
    if (fault !== undefined) faults.push(fault)
    notes.push(...checked.notes)
    // Their events are no longer needed.
    files.push({ ...checked, kept: [], ...(fault !== undefined && { fault }) })
  }
  for (const chain of chains) judgeMissing(chain, files, faults)
  judgeUnlisted(place.entries, files, chains, found)
  const rotations = checkRotations(files, heads)
  // An empty file that has a head file was already compared with that.
  const uncompared = files.filter(({ events, path }) => events > 0 || !heads.has(path))
  notes.push(...rotations.notes, ...blindSpots(uncompared, chains))
  faults.push(...rotations.faults)
  const manifests = chains.reduce((sum, chain) => sum + chain.manifests.length, 0)
  const events = files.reduce((sum, file) => sum + file.events, archives.events)
  const all = faults.sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : (a.line ?? 0) - (b.line ?? 0),
  )
  const count = files.length + archives.paths.size
  return { ok: all.length === 0, files: count, events, manifests, faults: all, notes }
}

async function readChains(
  place: Place,
  rules: VerifyRules,
  { faults, notes }: Findings,
): Promise<ManifestChain[]> {
  const found: FoundManifest[] = []
  const damaged = new Map<string, Set<number>>()
  for (const { path } of place.entries) {
    const number = manifestNumber(path)
    if (number === undefined) continue
    const manifest = readManifest(path, await place.readWhole(path))
    if ('sealed' in manifest) found.push(manifest)
    else {
      faults.push(manifest)
      const numbers = damaged.get(folderOf(path)) ?? new Set()
      damaged.set(folderOf(path), numbers.add(number))
    }
  }
  const { anchor, publicKey } = rules
  const isCutOff =
    anchor !== undefined && !found.some(({ sha256 }) => sha256 === hash('sha256', anchor.bytes))
  if (anchor !== undefined && isCutOff) {
    const key = parseManifest(anchor.bytes)?.manifest.key
    const above = place.prefix ?? found[0]?.above ?? ''
    const file = key?.startsWith(above) ? key.slice(above.length) : (key ?? anchor.name)
    faults.push({
      kind: 'missing',
      file,
      message: `the manifest of ${anchor.name} is not here, or was changed`,
    })
  }
  const isSigned = found.some(({ sealed }) => sealed.signature !== undefined)
  if (isSigned && publicKey === undefined) notes.push('signatures were not checked: no --public-key')
  const groups = Map.groupBy(found, ({ path }) => folderOf(path))
  return [...groups].map(([folder, group]) => {
    const manifests = group.sort((a, b) => a.sealed.manifest.number - b.sealed.manifest.number)
    const numbers = damaged.get(folder) ?? new Set()
    const broken = checkChain(manifests, numbers, publicKey)
    faults.push(...broken)
    const changed = new Set(broken.filter(({ kind }) => kind !== 'missing').map(({ file }) => file))
    const objects = objectsOf(manifests.filter(({ path }) => !changed.has(path)))
    return { manifests, objects, isBroken: isCutOff || broken.length + numbers.size > 0 }
  })
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** Whether exactly this manifest is there. */
export async function holdsManifest({ entries, readWhole }: Place, bytes: Buffer): Promise<boolean> {
  const key = parseManifest(bytes)?.manifest.key ?? ''
  for (const { path } of entries) {
    if (manifestNumber(path) === undefined || !`/${key}`.endsWith(`/${path}`)) continue
    if (bytes.equals(await readWhole(path))) return true
  }
  return false
}

async function readHeads(place: Place, faults: Fault[]): Promise<Map<string, Tip>> {
  const heads = new Map<string, Tip>()
  for (const { path } of place.entries.filter((entry) => entry.path.endsWith('.head'))) {
    const tip = parseHead((await place.readWhole(path)).toString())
    if (tip === undefined)
      faults.push({ kind: 'damaged', file: path, message: 'it is no head of a chain any more' })
    else heads.set(path.slice(0, -'.head'.length), tip)
  }
  return heads
}

function judgeFile(file: CheckedFile, chains: readonly ManifestChain[]): Fault | undefined {
  for (const { objects } of chains) {
    const listed = objects.get(file.path)
    // An object with exactly the bytes that were listed is as it was written, redacted or not.
    if (listed !== undefined) return compareObject(file, listed)
  }
  return file.fault
}

function judgeMissing({ objects }: ManifestChain, files: readonly CheckedFile[], faults: Fault[]): void {
  const here = new Set(files.map(({ path }) => path))
  for (const [path, { object, manifest }] of objects) {
    if (here.has(path)) continue
    const message = `the object with ${counted(object.events, 'event')} from ${object.first.time} to ${object.last.time}, listed in ${manifest}, is missing`
    faults.push({ kind: 'missing', file: path, uid: object.first.uid, message })
  }
}

function blindSpots(files: readonly CheckedFile[], chains: readonly ManifestChain[]): string[] {
  const last = newest(chains)
  const notes =
    last === undefined
      ? []
      : [
          `the last manifest is ${last.key}, up to ${last.to}: what is newer, or was removed together with later manifests, it can't show`,
        ]
  const bare = files.filter(
    ({ isChained, path }) => !isChained && !chains.some(({ objects }) => objects.has(path)),
  )
  // If only some lines lack uids, that is reported as the fault.
  const withoutUids = bare.filter(({ hasUids, events, fault }) => !hasUids && events > 0 && !fault)
  if (bare.length > 0)
    notes.push(
      `${counted(bare.length, 'file', ['has', 'have'])} neither chain nor manifest: events missing there, or changed outside of the uid's fields, may not show`,
    )
  if (withoutUids.length > 0)
    notes.push(
      `${counted(withoutUids.length, 'file', ['has', 'have'])} no uids, so the events there could not be checked`,
    )
  return notes
}
