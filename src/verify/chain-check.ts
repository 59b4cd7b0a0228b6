/** Follows the chain through one file, and says what happened where it breaks. Pure. */
import type { Link } from '../integrity/chain.ts'
import type { Verdict } from './finding.ts'

interface ChainLine {
  readonly number: number
  readonly uid: string
  readonly link: Link | undefined
}

interface ChainCheck {
  push(line: ChainLine): void
  /** The first fault; call it after the last line. */
  end(): Verdict | undefined
  /** The last event that is linked to all events before it. */
  readonly last: Link | undefined
  readonly first: Link | undefined
}

/** How many lines after a break are searched for the event that is missing there. */
const LOOKAHEAD = 20_000

export function createChainCheck(): ChainCheck {
  let first: Link | undefined
  let last: Link | undefined
  const suspects: ChainLine[] = []
  const follows = ({ link }: ChainLine) => link?.whole === true && isNext(link, last)
  return {
    push(line) {
      if (suspects.length > 0) {
        if (suspects.length < LOOKAHEAD) suspects.push(line)
      } else if (follows(line)) {
        first ??= line.link
        last = line.link
      } else suspects.push(line)
    },
    end() {
      const [suspect, next] = suspects
      if (suspect === undefined) return last?.of === undefined ? undefined : missingEnd(last, last.of)
      return judge(suspect, next, suspects, last)
    },
    get first() {
      return first
    },
    get last() {
      return last
    },
  }
}

/** Whether `link` may directly follow `last`: its number, its predecessor, and the same kind of chain. */
function isNext(link: Link, last: Link | undefined): boolean {
  // A file may start anywhere in its chain, but must start with its first line; an object starts with its first event.
  if (last === undefined) return link.of === undefined ? link.line === 1 : isFirst(link)
  if (link.sequence !== last.sequence + 1 || link.of !== last.of) return false
  return link.previous === last.hash && (link.line === undefined || link.line === (last.line ?? 0) + 1)
}

function isLater(link: Link, last: Link | undefined): boolean {
  return place(link, last) > (last === undefined ? 1 : last.sequence + 1)
}

/** Files may start anywhere in their chain, so their first line is identified by its line number. */
function place(link: Link, last: Link | undefined): number {
  return last === undefined ? (link.line ?? link.sequence) : link.sequence
}

function hasHash(hash: string) {
  return ({ link }: ChainLine) => link?.hash === hash
}

function isFirst(link: Link): boolean {
  return link.sequence === 1 && /^0+$/.test(link.previous)
}

function judge(
  line: ChainLine,
  next: ChainLine | undefined,
  rest: readonly ChainLine[],
  last: Link | undefined,
): Verdict {
  const { number, uid, link } = line
  const at = { line: number, uid }
  const isInserted = next?.link?.whole === true && isNext(next.link, last)
  // If two neighbours changed places, the second one stands first, and nowhere else.
  const isAlone = link?.whole === true && isLater(link, last) && !rest.slice(1).some(hasHash(link.hash))
  if (isInserted && !isAlone) return { ...at, kind: 'added', message: 'the chain goes on without this event' }
  if (link === undefined) {
    const message = 'the event carries no link of the chain: it was changed or added'
    return { ...at, kind: next === undefined ? 'added' : 'changed', message }
  }
  if (!link.whole) return { ...at, kind: 'changed', message: 'the event has another hash than its own' }
  return misplaced(at, link, rest, last)
}

/** The line is as it was written, but in the wrong place. */
function misplaced(
  at: { line: number; uid: string },
  link: Link,
  rest: readonly ChainLine[],
  last: Link | undefined,
): Verdict {
  const expected = last === undefined ? 1 : last.sequence + 1
  const found = place(link, last)
  /** The difference between a place in the file and a number in the chain. */
  const behind = link.sequence - found
  if (found < expected) return { ...at, kind: 'added', message: `event ${link.sequence} comes a second time` }
  if (found === expected) {
    return { ...at, kind: 'changed', message: 'the event names another predecessor: it was put in its place' }
  }
  const later = rest.find((it) => it.link?.whole === true && place(it.link, last) === expected)
  if (later !== undefined) {
    const message = `event ${link.sequence} stands before event ${behind + expected}, which is in line ${later.number}`
    return { ...at, kind: 'reordered', message }
  }
  const { line, uid } = at
  return {
    line,
    kind: 'missing',
    message: `${range(behind + expected, link.sequence - 1)} before ${shown(uid)}`,
  }
}

function missingEnd(last: Link, of: number): Verdict | undefined {
  if (last.sequence >= of) return undefined
  return { kind: 'missing', message: `${range(last.sequence + 1, of)} of ${of} at the end` }
}

export function range(from: number, to: number): string {
  return from === to ? `event ${from} is missing` : `events ${from} to ${to} are missing`
}

function shown(uid: string): string {
  return uid === '' ? 'this line' : `the event with uid ${uid}`
}
