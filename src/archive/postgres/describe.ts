/** What the rows hold of an event, or why it can't be kept. Pure. */
import { parseNative } from '../../formats/native.ts'
import { checkedSeverity, checkedText, TEXT_FACETS, type TextFacet } from '../facets.ts'
import type { NewEvent } from '../stored-archive.ts'
import { unfitOf, unreadable } from '../unfit.ts'
import { wordsOfEvent } from '../words.ts'
import { storableText } from './stored-text.ts'

export interface Described {
  /** Its place in the batch. */
  readonly index: number
  /** The first 16 bytes. */
  readonly uid: Buffer
  readonly timestamp: number
  readonly line: Uint8Array
  readonly severity: number
  readonly texts: ReadonlyMap<TextFacet, string>
  /** Separated by blanks. */
  readonly words: string
}

export function describeAll(events: readonly NewEvent[]) {
  const refused = new Map<number, string>()
  const described = events.flatMap((event, index) => {
    const made = describeEvent(event, index)
    if (typeof made !== 'string') return [made]
    refused.set(index, made)
    return []
  })
  return { described, refused }
}

function describeEvent(given: NewEvent, index: number): Described | string {
  const unfit = unfitOf(given)
  if (unfit !== undefined) return unfit
  const { uid, timestamp, line } = given
  try {
    const event = parseNative(line)
    const texts = TEXT_FACETS.flatMap((facet): [TextFacet, string][] => {
      const text = checkedText(event, facet)
      return text === undefined ? [] : [[facet, storableText(text)]]
    })
    const words = searchable(wordsOfEvent(event))
    const short = Buffer.from(uid.slice(0, 32), 'hex')
    const severity = checkedSeverity(event)
    return { index, uid: short, timestamp, line, severity, texts: new Map(texts), words }
  } catch (error) {
    return unreadable(error)
  }
}

/** Bytes of all words of a tsvector: https://www.postgresql.org/docs/current/textsearch-limitations.html */
const WORDS_MOST = 1_000_000

/** Words beyond the limit are left out: a search for them misses the event, as does one for half of a surrogate pair. */
function searchable(words: Iterable<string>): string {
  const kept: string[] = []
  let size = 0
  for (const word of words) {
    size += Buffer.byteLength(word)
    if (size > WORDS_MOST) break
    kept.push(word)
  }
  return kept.join(' ')
}
