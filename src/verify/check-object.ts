/** Compares an object with what its manifest says about it. */
import { locate } from '../integrity/line-sums.ts'
import type { Listed } from '../integrity/listed-objects.ts'
import { digestHex } from '../ledger/digest.ts'
import { hexOf, numberOfHex } from '../ledger/digest-number.ts'
import { counted } from '../lib/counted.ts'
import type { CheckedFile } from './check-file.ts'
import type { Fault, Verdict } from './finding.ts'

/** Undefined if the object is what was listed. */
export function compareObject(file: CheckedFile, listed: Listed): Fault | undefined {
  const { path, fault } = file
  if (file.sha256 === listed.object.sha256) return undefined
  // A chain names the event best; without one, the digest shows which event is too many or missing.
  const isNamed = fault !== undefined && (file.isChained || fault.kind === 'damaged')
  const one = isNamed ? undefined : (oneBySums(file, listed) ?? oneByDigest(file, listed))
  if (one !== undefined) return { ...one, file: path }
  if (fault !== undefined && (isNamed || fault.line !== undefined)) return fault
  const { kind, message } = byCount(file, listed)
  return { kind, file: path, message }
}

/** Finds the one line that was changed, in whatever field. */
function oneBySums(file: CheckedFile, listed: Listed): Verdict | undefined {
  const { lines: sums, events } = listed.object
  if (sums === undefined || file.kept.length !== file.events) return undefined
  const hashes = file.kept.map(({ hash }) => hash)
  const { kind, at } = locate(hashes, sums, events) ?? {}
  if (kind === undefined || at === undefined) return undefined
  if (kind === 'same') {
    const message = `its events are as ${listed.manifest} lists them, in this order; its bytes are not: header, line ends or compression were changed`
    return { kind: 'changed', message }
  }
  const line = (file.kept[0]?.line ?? 1) + at
  const uid = kind === 'missing' ? oneByDigest(file, listed)?.uid : file.kept[at]?.uid
  const message = { ...SAID, missing: countsText(file, listed), added: countsText(file, listed) }[kind]
  return { kind, line, ...(uid !== undefined && { uid }), message }
}

const SAID = {
  changed: 'the event is another than the one that was delivered',
  reordered: 'the event stood behind the next one when it was delivered',
}

function oneByDigest(file: CheckedFile, listed: Listed): Verdict | undefined {
  if (!file.hasUids && file.events > 0) return undefined
  const more = numberOfHex(digestHex(file.digest)) - numberOfHex(listed.object.digest)
  if (file.events === listed.object.events - 1) {
    // The digest sums up only the first half of each uid.
    return { kind: 'missing', uid: `${hexOf(-more)}…`, message: countsText(file, listed) }
  }
  if (file.events !== listed.object.events + 1) return undefined
  const added = file.kept.find(({ uid }) => uid.startsWith(hexOf(more)))
  return added && { kind: 'added', uid: added.uid, line: added.line, message: countsText(file, listed) }
}

function byCount(file: CheckedFile, listed: Listed): Verdict {
  const { events } = listed.object
  if (file.events < events) return { kind: 'missing', message: countsText(file, listed) }
  if (file.events > events) return { kind: 'added', message: countsText(file, listed) }
  const isSame = file.hasUids && digestHex(file.digest) === listed.object.digest
  const message = isSame
    ? `its bytes are not those that ${listed.manifest} lists, though its uids are: something else than what makes a uid was changed`
    : `its bytes are not those that ${listed.manifest} lists`
  return { kind: 'changed', message }
}

function countsText({ events }: CheckedFile, { object, manifest }: Listed): string {
  return `it holds ${counted(events, 'event')}, and ${manifest} lists ${object.events}`
}
