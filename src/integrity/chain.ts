/**
 * The hash chain of delivered events. Each native line ends in a member of its own:
 *
 *     …,"integrity":{"sequence":7,"line":7,"previous":"<hash of the event before>","hash":"<hash>"}}
 *
 * `hash` is SHA-256 over the line's bytes up to (not with) `,"hash"`, so it covers the event, its number and, by
 * `previous`, all events before it. Pure.
 */
import { hash } from 'node:crypto'

/** What the first event of a chain has as the previous hash. */
export const NOTHING_BEFORE = '0'.repeat(64)

/** The event that a chain ends with so far. */
export interface Tip {
  readonly sequence: number
  readonly hash: string
  readonly uid: string
  /** Its line in its file. */
  readonly line: number
}

export const NO_TIP: Tip = { sequence: 0, hash: NOTHING_BEFORE, uid: '', line: 0 }

/** What a line says about its place. */
export interface Link {
  readonly sequence: number
  /** Files: the number of the line. */
  readonly line?: number
  /** Objects, each of which is a chain of its own: how many events there are. */
  readonly of?: number
  readonly previous: string
  readonly hash: string
  /** Whether the line's bytes still have that hash. */
  readonly whole: boolean
}

/** The lines of events that follow `tip` in a file. */
export function linkFile(payloads: readonly Uint8Array[], tip: Tip, atStart: boolean): Buffer[] {
  const behind = atStart ? 0 : tip.line
  let previous = tip.hash
  return payloads.map((payload, index) => {
    const place = `"sequence":${tip.sequence + 1 + index},"line":${behind + 1 + index}`
    const linked = link(payload, place, previous)
    previous = linked.hash
    return linked.line
  })
}

/** The lines of an object, which are a chain of their own: the same events give the same bytes. */
export function* linkObject(payloads: Iterable<Uint8Array>, count: number): Generator<Buffer> {
  let previous = NOTHING_BEFORE
  let sequence = 0
  for (const payload of payloads) {
    sequence++
    const linked = link(payload, `"sequence":${sequence},"of":${count}`, previous)
    previous = linked.hash
    yield linked.line
  }
}

/** Undefined when the line doesn't end in a link. */
export function readLink(line: Uint8Array): Link | undefined {
  const end = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString(
    'latin1',
    Math.max(0, line.length - LONGEST),
  )
  const [all, sequence, kind, count, previous, own] = LINK.exec(end) ?? []
  if (all === undefined || previous === undefined || own === undefined) return undefined
  const covered = line.subarray(0, line.length - `,"hash":"${own}"}}`.length)
  return {
    sequence: Number(sequence),
    ...(kind === 'of' ? { of: Number(count) } : { line: Number(count) }),
    previous,
    hash: own,
    whole: hash('sha256', covered) === own,
  }
}

/** The uid as a native line shows it, without parsing the rest. */
export function uidOf(line: Uint8Array): string {
  const start = Buffer.from(line.buffer, line.byteOffset, Math.min(line.byteLength, 80)).toString('latin1')
  return /^\{"uid":"([0-9a-f]{64})"/.exec(start)?.[1] ?? ''
}

/** The link of the last of these whole lines; undefined if it has none. */
export function tipOf(lines: Uint8Array): Tip | undefined {
  const text = lines.at(-1) === LINE_FEED ? lines.subarray(0, -1) : lines
  const last = text.subarray(text.lastIndexOf(LINE_FEED) + 1)
  const found = readLink(last)
  if (found?.line === undefined) return undefined
  return { sequence: found.sequence, hash: found.hash, uid: uidOf(last), line: found.line }
}

function link(payload: Uint8Array, place: string, previous: string): { line: Buffer; hash: string } {
  const covered = Buffer.concat([
    payload.subarray(0, -1),
    Buffer.from(`,"integrity":{${place},"previous":"${previous}"`),
  ])
  const own = hash('sha256', covered)
  return { line: Buffer.concat([covered, Buffer.from(`,"hash":"${own}"}}`)]), hash: own }
}

const LINE_FEED = 0x0a
const LINK =
  /,"integrity":\{"sequence":(\d{1,15}),"(line|of)":(\d{1,15}),"previous":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}\}$/
/** No link is longer. */
const LONGEST = 260
