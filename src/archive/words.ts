/**
 * The words of a text: runs of letters and digits, in lower case and without accents. Both the events and the searches
 * are split this way, so nothing in a text is ever query syntax. Pure.
 */
import type { AuditEvent } from '../event.ts'

/** Longer words are cut; a search for one still finds it by its beginning. */
const LONGEST = 48

const WORD = /[\p{L}\p{N}]+/gu
const MARKS = /\p{M}+/gu
export const BEYOND_ASCII = /[\u0080-\uffff]/

export function wordsOf(text: string): string[] {
  const folded = BEYOND_ASCII.test(text) ? unaccented(text) : text.toLowerCase()
  return (folded.match(WORD) ?? []).map((word) =>
    word.length <= LONGEST ? word : Array.from(word).slice(0, LONGEST).join(''),
  )
}

/**
 * The words of a search. Undefined when it can't find anything, because it has a text without any word. Blanks alone
 * match everything.
 */
export function wantedWords(text = ''): string[] | undefined {
  const words = [...new Set(wordsOf(text))]
  return words.length === 0 && text.trim() !== '' ? undefined : words
}

/** A letter is the same wherever it stands in a word, even the sigma at the end of one. */
function unaccented(text: string): string {
  const lower = text.normalize('NFKD').toLowerCase()
  return lower.normalize('NFKD').replace(MARKS, '').replaceAll('ς', 'σ')
}

/** Every word by which a search finds the event. */
export function wordsOfEvent(event: AuditEvent): Set<string> {
  return new Set(wordsOf(searchedText(event)))
}

/** All texts of an event except its raw record. */
export function searchedText(event: Omit<AuditEvent, 'raw'>): string {
  const { action, actionName, category, actor, token, sourceIp, target, description, enrichment } = event
  const texts = [action, actionName, category, actor.login, actor.name, actor.email, actor.urn]
  texts.push(token?.id, token?.name, sourceIp, description, event.organization)
  if (target !== undefined) texts.push(...Object.values({ ...target }))
  if (enrichment !== undefined) texts.push(JSON.stringify(enrichment))
  return texts.filter((text) => text !== undefined).join(' ')
}
