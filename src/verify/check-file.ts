/** Checks one file or object of events: what it holds, and the first thing that is wrong with it. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { errorCode, messageOf } from '../errors.ts'
import { type Link, readLink, type Tip } from '../integrity/chain.ts'
import { lineHash } from '../integrity/line-sums.ts'
import { addUid, type Digest, emptyDigest } from '../ledger/digest.ts'
import { createChainCheck } from './chain-check.ts'
import { readRows } from './csv-rows.ts'
import type { Fault } from './finding.ts'
import { eventOf, readLines } from './lines.ts'
import { nameOf } from './object-name.ts'
import { identitiesOfEvent, identitiesOfRow } from './recompute.ts'
import { createUidCheck } from './uid-check.ts'

export interface CheckedFile {
  readonly path: string
  /** Lines that are events. */
  readonly events: number
  /** Whether its lines have uids: native and csv do. */
  readonly hasUids: boolean
  readonly sha256: string
  readonly digest: Digest
  readonly isChained: boolean
  /** In the order of the lines, at most {@link EVENTS_KEPT}. */
  readonly kept: readonly KeptEvent[]
  /** Of the last event, Unix seconds; if the lines have no uids, as the object's name says. */
  readonly lastTime: number
  /** Where its chain begins and ends. */
  readonly first?: Link
  readonly tip?: Tip
  readonly fault?: Fault
  readonly notes: readonly string[]
}

interface KeptEvent {
  /** Empty in a format without uids. */
  readonly uid: string
  readonly line: number
  readonly hash: bigint
}

export interface CheckRules {
  /** Events were redacted, so their uids can't be recomputed. */
  readonly redacted: boolean
}

const EVENTS_KEPT = 1_000_000
const CARRIAGE_RETURN = 0x0d

/** Throws the errors of reading the file; damage in it is a fault. */
export async function checkFile(path: string, bytes: Readable, rules: CheckRules): Promise<CheckedFile> {
  const stored = readLines(path, bytes)
  const it = createTally(path, rules)
  let damage: Fault | undefined
  try {
    if (/\.csv(\.|$)/.test(path)) await readCsv(stored.lines, it, stored.isTorn)
    else
      await readEach(stored.lines, it, /\.(cef|leef)(\.|$)/.test(path) ? it.text : it.native, stored.isTorn)
  } catch (error) {
    if (isUnreadable(error)) throw error
    damage = {
      kind: 'damaged',
      file: path,
      line: it.line() + 1,
      message: `can't be read any further: ${messageOf(error)}`,
    }
    for await (const rest of bytes) void rest
  }
  return it.end(stored.sha256(), damage)
}

/** Whether the system refused to read, as opposed to bytes that make no sense. */
function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'syscall' in error || '$metadata' in error || /^E[A-Z]+$/.test(errorCode(error) ?? '')
}

async function readEach(
  lines: AsyncIterable<Buffer>,
  it: ReturnType<typeof createTally>,
  take: (line: Buffer) => void,
  isTorn: () => boolean,
) {
  for await (const line of lines) {
    if (isTorn()) it.torn(line)
    else take(line)
  }
}

async function readCsv(
  lines: AsyncIterable<Buffer>,
  it: ReturnType<typeof createTally>,
  isTorn: () => boolean,
) {
  const rows = await readRows(lines)
  it.header()
  const whole = isTorn() ? rows.slice(0, -1) : rows
  for (const { cells, bytes } of whole) it.row(cells, bytes)
  if (isTorn()) it.torn()
}

function createTally(path: string, { redacted }: CheckRules) {
  const chain = createChainCheck()
  const digest = emptyDigest()
  const kept: KeptEvent[] = []
  const notes: string[] = []
  const uids = createUidCheck(path, redacted)
  const name = nameOf(path)
  const named = createHash('sha256')
  let line = 0
  let events = 0
  let isChained = false
  let firstTime = Number.NaN
  let before = { time: -Infinity, uid: '' }
  let misorder: Fault | undefined
  let lineEnd: Fault | undefined

  const take = (bytes: Buffer, uid: string, time: number, source: string) => {
    events++
    if (kept.length < EVENTS_KEPT) kept.push({ uid, line, hash: lineHash(bytes) })
    if (uid === '') return
    addUid(digest, uid)
    if (events === 1) {
      firstTime = time
      named.update(source)
    }
    named.update('\n').update(uid)
    const isBehind = time > before.time || (time === before.time && uid >= before.uid)
    if (name !== undefined && !isBehind) {
      const message = 'the events of an object are sorted by time and uid; this one stands too late'
      misorder ??= { kind: 'reordered', file: path, line, uid, message }
    }
    before = { time, uid }
  }

  const firstFault = (damage: Fault | undefined): Fault | undefined => {
    const verdict = isChained ? chain.end() : undefined
    // Events at the end, which no line names, are missing because of the damage.
    const isCut = damage !== undefined && verdict?.line === undefined
    if (verdict !== undefined && !isCut) return { file: path, ...verdict }
    if (damage !== undefined) return damage
    return (isChained ? undefined : uids.fault()) ?? misorder ?? lineEnd ?? misnamed()
  }

  /** The name of an object is derived from its events. */
  const misnamed = (): Fault | undefined => {
    if (name === undefined || !uids.hasAll() || events === 0) return undefined
    const isRight = name.first === firstTime && name.last === before.time
    const isSame = path.includes('.csv') || named.digest('hex').startsWith(name.hash)
    if (isRight && isSame) return undefined
    return { kind: 'changed', file: path, message: 'it holds other events than its name was made of' }
  }

  /** A chained line that was delivered without the carriage return that it has now. */
  const readReturned = (bytes: Buffer, uid: string) => {
    const link = bytes.at(-1) === CARRIAGE_RETURN ? readLink(bytes.subarray(0, -1)) : undefined
    const message = 'its line end was changed: it was delivered with a line feed alone'
    if (link !== undefined) lineEnd ??= { kind: 'changed', file: path, line, uid, message }
    return link
  }

  return {
    line: () => line,
    header() {
      line++
    },
    torn(bytes?: Buffer) {
      const message = bytes?.includes(0)
        ? 'zero bytes follow the last whole line: the machine stopped while it was being written'
        : 'the last line is not whole: it is being written, or a kill broke it off'
      if (name === undefined) notes.push(`${path}:${line + 1}: ${message}`)
      else throw new Error('the last line is not whole')
    },
    native(bytes: Buffer) {
      const event = eventOf(bytes)
      // Only after parsing: if that fails, the fault is reported for the line after the last good one.
      line++
      const uid = uids.take(line, event?.uid, () => identitiesOfEvent(event))
      const link = readLink(bytes) ?? readReturned(bytes, uid)
      isChained ||= link !== undefined
      chain.push({ number: line, uid, link })
      take(bytes, uid, event?.timestamp, event?.source)
    },
    /** For a format whose lines are compared as they are. */
    text(bytes: Buffer) {
      line++
      const uid = uids.take(line, undefined, () => [])
      take(bytes, uid, Number.NaN, '')
    },
    row(row: Record<string, string>, bytes: Buffer) {
      line++
      const uid = uids.take(line, row.UID, () => identitiesOfRow(row))
      take(bytes, uid, Date.parse(row.Timestamp ?? '') / 1000, '')
    },
    end(sha256: string, damage: Fault | undefined): CheckedFile {
      const found = firstFault(damage)
      const [change, hasUids] = [uids.change(), uids.hasAll()]
      if (change !== undefined && isChained && found === undefined) {
        notes.push(
          `${path}:${change.line}: the chain holds, but from here on uids do not follow from the fields: redacted before delivery, or the chain was made anew`,
        )
      }
      const { first, last } = chain
      const tip =
        last?.line === undefined
          ? undefined
          : { sequence: last.sequence, hash: last.hash, uid: before.uid, line: last.line }
      return {
        path,
        events,
        hasUids: hasUids && events > 0,
        sha256,
        isChained,
        digest,
        kept,
        lastTime: hasUids ? before.time : (name?.last ?? before.time),
        ...(first !== undefined && { first }),
        ...(tip !== undefined && { tip }),
        ...(found !== undefined && { fault: found }),
        notes,
      }
    },
  }
}
