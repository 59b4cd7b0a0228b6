/** Objects that no manifest lists: added, written since the last manifest, or from before the first. */
import { createHash } from 'node:crypto'
import type { Manifest } from '../integrity/manifest.ts'
import { counted } from '../lib/counted.ts'
import type { CheckedFile } from './check-file.ts'
import type { ManifestChain } from './check-manifests.ts'
import type { Findings } from './finding.ts'
import type { Entry } from './folder.ts'

/** Each object is judged by the manifests under its own prefix, because another sink has other windows. */
export function judgeUnlisted(
  entries: readonly Entry[],
  files: readonly CheckedFile[],
  chains: readonly ManifestChain[],
  found: Findings,
): void {
  const writtenAt = new Map(entries.map((entry) => [entry.path, entry.writtenAt]))
  const unlisted = files.filter((file) => !chains.some(({ objects }) => objects.has(file.path)))
  const roots = [...Map.groupBy(chains, rootOf)].sort(([a], [b]) => b.length - a.length)
  const byRoot = Map.groupBy(unlisted, ({ path }) => roots.find(([root]) => path.startsWith(root)))
  // Objects under no prefix that has manifests are judged by all of them.
  for (const [root, its] of byRoot) judge(its, root?.[1] ?? chains, writtenAt, found)
}

/** The sink's prefix: its manifests are in `manifests/<sink>/` under it. */
function rootOf({ manifests }: ManifestChain): string {
  return manifests[0]?.path.replace(/manifests\/[^/]+\/[^/]+$/, '') ?? ''
}

function judge(
  unlisted: readonly CheckedFile[],
  chains: readonly ManifestChain[],
  writtenAt: ReadonlyMap<string, number | undefined>,
  { faults, notes }: Findings,
): void {
  const [first, last] = [oldest(chains), newest(chains)]
  if (first === undefined || last === undefined) return
  const isFirst = isFirstWindow(last, unlisted)
  const isNew = (file: CheckedFile) => {
    const at = writtenAt.get(file.path)
    if (at !== undefined) return at >= Date.parse(last.at) - CLOCKS_MS
    return isFirst || file.lastTime * 1000 >= Date.parse(last.to)
  }
  const pending = unlisted.filter(isNew)
  const old = unlisted.filter((file) => !pending.includes(file))
  if (pending.length > 0)
    notes.push(
      `the time from ${last.to} on has no manifest yet: ${counted(pending.length, 'object', ['is', 'are'])} in none, such as ${pending[0]?.path}`,
    )
  if (old.length > 0 && chains.some(({ isBroken }) => isBroken)) {
    const count = counted(old.length, 'object', ['is', 'are'])
    notes.push(`${count} in no manifest that is here and whole, such as ${old[0]?.path}`)
    return
  }
  if (old.length === 0 || isAsBefore(old, first, chains)) return
  for (const { path, fault } of old) {
    if (fault?.line !== undefined) continue
    if (fault !== undefined) faults.splice(faults.indexOf(fault), 1)
    const message = `in no manifest: it was added, or came late and after the last one (${last.key}, up to ${last.to})`
    faults.push({ kind: 'added', file: path, message })
  }
}

/** How far apart the clocks of the writer and of the store may be. */
const CLOCKS_MS = 60_000

/** The longest window, plus the time until its manifest is written. */
const FIRST_WINDOW_MS = 24.25 * 3_600_000

/**
 * So far there can only be the manifest that precedes the first object: what a first read brought is old, and in none.
 */
function isFirstWindow({ number, at }: Manifest, unlisted: readonly CheckedFile[]): boolean {
  const until = (Date.parse(at) + FIRST_WINDOW_MS) / 1000
  return number === 0 && unlisted.every(({ lastTime }) => lastTime < until)
}

function isAsBefore(old: readonly CheckedFile[], first: Manifest, chains: readonly ManifestChain[]): boolean {
  const above = chains[0]?.manifests[0]?.above ?? ''
  const keys = createHash('sha256')
  for (const key of old.map(({ path }) => above + path).sort()) keys.update(`${key}\n`)
  return first.before?.objects === old.length && first.before.sha256 === keys.digest('hex')
}

function oldest(chains: readonly ManifestChain[]): Manifest | undefined {
  return chains
    .flatMap(({ manifests }) => manifests[0]?.sealed.manifest ?? [])
    .sort((a, b) => (a.at < b.at ? -1 : 1))[0]
}

export function newest(chains: readonly ManifestChain[]): Manifest | undefined {
  return chains
    .flatMap(({ manifests }) => manifests.at(-1)?.sealed.manifest ?? [])
    .sort((a, b) => (a.at < b.at ? 1 : -1))[0]
}
