/** How facets and uids stand among the words of the index: no word begins with `_`. Pure. */
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
 * The words of a text as the index takes them. It divides what is ASCII as `wordsOf` does, and faster; words too long stay
 * whole there, and are found by their beginning all the same.
 */
export function wordTerms(text: string): string {
  return BEYOND_ASCII.test(text) ? wordsOf(text).join(' ') : text.replaceAll('_', ' ')
}

/** Undefined when the index narrows nothing. */
export function matchOf(selection: Selection): string | undefined {
  const terms = [...facetTerms(selection), ...selection.words.map(startOf)]
  return terms.length === 0 ? undefined : terms.join(' AND ')
}

/**
 * To look for the beginning of a word is dear when many events have it, however few have the rest too. So what may be
 * rarer is looked for first: the facets together, which are cheap to look for, and each word. Nothing when the whole is no dearer.
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
