/** A file sink's chain continues through the files that it was rotated into, and ends where its head file says. */
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { NOTHING_BEFORE, type Tip } from '../integrity/chain.ts'
import { counted } from '../lib/counted.ts'
import { unmovedName } from '../lib/moved-files.ts'
import { range } from './chain-check.ts'
import type { CheckedFile } from './check-file.ts'
import type { Fault, Findings } from './finding.ts'

/** `heads`: what the head files say, by the path of the file that each belongs to. */
export function checkRotations(files: readonly CheckedFile[], heads: ReadonlyMap<string, Tip>): Findings {
  const found: Findings = { faults: [], notes: [] }
  const chained = files.filter((file) => file.first?.line !== undefined || file.first === undefined)
  const groups = Map.groupBy(chained, ({ path }) => liveName(path))
  for (const [live, members] of groups) {
    if (members.some(({ first }) => first !== undefined)) checkGroup(live, members, heads.get(live), found)
  }
  for (const [live, head] of heads) {
    const members = groups.get(live)
    if (head.sequence === 0 || members?.some(({ first, fault }) => first !== undefined || fault)) continue
    found.faults.push({ uid: head.uid, ...withoutChain(live, members, head) })
  }
  return found
}

/** The fault if nothing of the chain is here. */
function withoutChain(live: string, members: readonly CheckedFile[] | undefined, head: Tip): Fault {
  const claim = `its head counts ${counted(head.sequence, 'event')}`
  const bare = members?.find(({ events }) => events > 0)
  if (bare !== undefined) {
    const message = `its events carry no chain, and ${claim} of one: they were changed`
    return { kind: 'changed', file: bare.path, message }
  }
  const file = members === undefined ? `${live}.head` : live
  return { kind: 'missing', file, message: `${live} and all before it are missing: ${claim}` }
}

function checkGroup(live: string, members: readonly CheckedFile[], head: Tip | undefined, found: Findings) {
  const files = members
    .filter((it) => it.first !== undefined)
    .sort((a, b) => (a.first?.sequence ?? 0) - (b.first?.sequence ?? 0))
  for (const { path, events } of members.filter((it) => !it.isChained && it.events > 0)) {
    found.notes.push(`${path}: ${counted(events, 'event', ['carries', 'carry'])} no chain`)
  }
  // Nothing can be compared with a file that is broken from its first line.
  if (members.some((it) => it.fault !== undefined && it.first === undefined)) return
  const known = found.faults.length
  let before: CheckedFile | undefined
  for (const file of files) {
    const fault = before === undefined ? beginning(file, found) : joint(before, file, found)
    if (fault !== undefined) found.faults.push(fault)
    before = file
  }
  // If the chain has no gap, the missing events were at its beginning. A rotated file is never empty.
  const emptied = members.find(
    (it) => it.events === 0 && it.fault === undefined && liveName(it.path) !== it.path,
  )
  if (emptied !== undefined && found.faults.length === known) {
    const message = 'its events are missing: a rotated file is never empty'
    found.faults.push({ kind: 'missing', file: emptied.path, message })
  }
  if (before !== undefined) checkHead(live, before, head, found)
}

function beginning({ path, first }: CheckedFile, found: Findings): undefined {
  if (first === undefined || first.sequence === 1) return
  found.notes.push(
    `${path}: the chain begins with event ${first.sequence}; those before lie in files that are not here`,
  )
}

function joint(before: CheckedFile, file: CheckedFile, found: Findings): Fault | undefined {
  const [{ tip }, { first, path }] = [before, file]
  // What follows a break can't be compared with it.
  if (tip === undefined || first === undefined || before.fault !== undefined) return undefined
  if (first.previous === tip.hash && first.sequence === tip.sequence + 1) {
    if (isOlder(path, before.path)) {
      found.notes.push(
        `${path}: by its name it is older than ${before.path}, and its events follow those there: names or contents were exchanged, or a clock was set back`,
      )
    }
    return undefined
  }
  if (before.first?.hash === first.hash && tip.hash === file.tip?.hash) {
    found.notes.push(`${path}: the same as ${before.path}`)
    return undefined
  }
  if (first.sequence === 1 && first.previous === NOTHING_BEFORE) {
    found.notes.push(`${path}: a chain of its own begins here`)
    return undefined
  }
  const fault = { file: path, line: 1 }
  if (first.sequence > tip.sequence + 1) {
    const message = `${range(tip.sequence + 1, first.sequence - 1)} between ${before.path} and this file`
    return { ...fault, kind: 'missing', message }
  }
  const message = `the file does not go on where ${before.path} ends`
  return { ...fault, kind: first.sequence === tip.sequence + 1 ? 'changed' : 'added', message }
}

function checkHead(live: string, { path, tip, fault }: CheckedFile, head: Tip | undefined, found: Findings) {
  if (tip === undefined || fault !== undefined) return
  if (head === undefined) {
    found.notes.push(
      `${path}: no ${basename(live)}.head beside it, so events missing at its end would not show`,
    )
  } else if (head.sequence > tip.sequence) {
    const message = `${range(tip.sequence + 1, head.sequence)} at the end`
    found.faults.push({ kind: 'missing', file: path, line: tip.line + 1, uid: head.uid, message })
  } else if (head.sequence === tip.sequence && !isDeepStrictEqual(head, tip)) {
    const message = 'the last event is another than its head says'
    found.faults.push({ kind: 'changed', file: path, line: tip.line, uid: tip.uid, message })
  } else if (head.sequence < tip.sequence) {
    const count = tip.sequence - head.sequence
    found.notes.push(
      `${path}: ${counted(count, 'event')} at its end came after its head was written: by a kill in between, or by another hand`,
    )
  }
}

/** By the names that the sink gives; false if a file was named otherwise. */
function isOlder(path: string, other: string): boolean {
  const [own, its] = [path, other].map(rotatedAt)
  return own !== undefined && its !== undefined && own < its
}

/** A text that sorts in the order of the rotations; the live file comes last. */
function rotatedAt(path: string): string | undefined {
  if (liveName(path) === path) return 'live'
  const [, time, number = ''] = /-(\d{8}T\d{6}Z)-(\d+)(?=\.|$)/.exec(basename(path)) ?? []
  return time && `${time}-${number.padStart(9, '0')}`
}

/** `audit.ndjson` for `audit-20261122T220000Z-1.ndjson.gz`, `audit.ndjson.1`, `audit.ndjson-20261122-2200.gz`. */
export function liveName(path: string): string {
  const name = unmovedName(basename(path)).replace(/-\d{8}T\d{6}Z-\d+(?=\.|$)/, '')
  return join(dirname(path), name)
}
