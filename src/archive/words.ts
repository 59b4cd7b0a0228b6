/**
 * The words of a text: runs of letters and digits, in lower case and without accents. Both sides of a search take this
 * way, so nothing in a text is ever query syntax. Pure.
 */
import type { AuditEvent } from '../event.ts'

/** Longer words are cut; a search for one finds it by its beginning. */
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
 * What a search is for. Undefined when it can't find anything: it asks for something, but for no word. Blanks alone ask
 * for nothing, so that they leave nothing out.
 */
export function wantedWords(text = ''): string[] | undefined {
  const words = [...new Set(wordsOf(text))]
  return words.length === 0 && text.trim() !== '' ? undefined : words
}

/** A letter stands for itself wherever in a word it is: the sigma that ends one, too. */
function unaccented(text: string): string {
  const lower = text.normalize('NFKD').toLowerCase()
  return lower.normalize('NFKD').replace(MARKS, '').replaceAll('ς', 'σ')
}

/** Every word that a search finds the event by. */
export function wordsOfEvent(event: AuditEvent): Set<string> {
  return new Set(wordsOf(searchedText(event)))
}

/** All of an event's texts but the record as it came. */
export function searchedText(event: Omit<AuditEvent, 'raw'>): string {
  const { action, actionName, category, actor, token, sourceIp, target, description, enrichment } = event
  const texts = [action, actionName, category, actor.login, actor.name, actor.email, actor.urn]
  texts.push(token?.id, token?.name, sourceIp, description, event.organization)
  if (target !== undefined) texts.push(...Object.values({ ...target }))
  if (enrichment !== undefined) texts.push(JSON.stringify(enrichment))
  return texts.filter((text) => text !== undefined).join(' ')
}
