/** How facets and uids stand among the words of the index: no word begins with `_`. Pure. */
import type { Facets } from '../schema.ts'
import type { Selection } from '../selection.ts'

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

const FACETS = Object.entries(LETTERS) as [keyof Facets, string][]

/** All that an event is found by, as the index takes it. */
export function termsOf(words: Iterable<string>, facets: Facets, uid: Uint8Array): string {
  let terms = uidTerm(uid)
  for (const [facet, letter] of FACETS)
    if (facets[facet] !== 0) terms += ` _${letter}${facets[facet].toString(36)}`
  for (const word of words) terms += ` ${word}`
  return terms
}

/** Undefined when the index narrows nothing. */
export function matchOf({ words, facets, severity }: Selection): string | undefined {
  const terms = facets.map(([facet, id]) => `"_${LETTERS[facet]}${id.toString(36)}"`)
  if (severity > 1) {
    const levels = [2, 3, 4].filter((level) => level >= severity).map((level) => `"_v${level}"`)
    if (levels.length > 0) terms.push(`(${levels.join(' OR ')})`)
  }
  terms.push(...words.map((word) => `"${word}"*`))
  return terms.length === 0 ? undefined : terms.join(' AND ')
}

export function uidTerm(uid: Uint8Array): string {
  return `_u${Buffer.from(uid.buffer, uid.byteOffset, 6).toString('hex')}`
}
