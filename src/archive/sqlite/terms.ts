/** How facets and uids are written among the words of the index, where no real word begins with `_`. Pure. */
import type { Facets } from '../schema.ts'
import type { Selection } from '../selection.ts'
import { BEYOND_ASCII, wordsOf } from '../words.ts'

const LETTERS: Readonly<Record<keyof Facets, string>> = {
  organization: 'o',
  source: 'c',
  login: 'l',
  action: 'a',
  category: 'k',
  operation: 'p',
  outcome: 'r',
  severity: 'v',
  project: 'j',
  stack: 's',
  address: 'x',
}

/**
 * The words of a text as the index takes them. The index splits ASCII like `wordsOf`, but faster; it does not cut long
 * words, which are still found by their beginning.
 */
export function wordTerms(text: string): string {
  return BEYOND_ASCII.test(text) ? wordsOf(text).join(' ') : text.replaceAll('_', ' ')
}

/** Undefined when the index would narrow nothing down. */
export function matchOf(selection: Selection): string | undefined {
  const terms = [...facetTerms(selection), ...selection.words.map(startOf)]
  return terms.length === 0 ? undefined : terms.join(' AND ')
}

/**
 * Searching for the beginning of a word is expensive when many events have it, however few match the rest. So what may
 * be rarer is tried first: the facets together, which are cheap to look up, and each word. Empty when the whole search
 * costs no more than that.
 */
export function narrowOf(selection: Selection): { facets: string[]; starts: string[] } {
  const { words } = selection
  const terms = facetTerms(selection)
  if (words.length === 0 || words.length + terms.length < 2) return { facets: [], starts: [] }
  const starts = words.toSorted((a, b) => b.length - a.length).map(startOf)
  return { facets: terms.length > 0 ? [terms.join(' AND ')] : [], starts }
}

function facetTerms({ facets, severity }: Selection): string[] {
  const terms = facets.map(([facet, id]) => `"${facetTerm(facet, id)}"`)
  const levels = severity > 1 ? [2, 3, 4].filter((level) => level >= severity) : []
  if (levels.length > 0) terms.push(`(${levels.map((level) => `"_v${level}"`).join(' OR ')})`)
  return terms
}

export function facetTerm(facet: keyof Facets, id: number): string {
  return `_${LETTERS[facet]}${id.toString(36)}`
}

function startOf(word: string): string {
  return `"${word}"*`
}

/** `uid`: in hex. */
export function uidTerm(uid: string): string {
  return `_u${uid.slice(0, 12)}`
}
