/** What rows and index hold of an event, read from its line. */
import type { AuditEvent } from '../../event.ts'
import { headOf, parseWithoutRaw } from '../../formats/native.ts'
import { partsOfHead } from '../../formats/native-parts.ts'
import { plainOf } from '../../formats/written-members.ts'
import { checkedSeverity, checkedText, type TextFacet } from '../facets.ts'
import type { Facets } from '../schema.ts'
import { searchedText, wordsOf } from '../words.ts'
import { facetTerm, wordTerms } from './terms.ts'

export interface Described {
  readonly facets: Facets
  /** Terms for the index, separated by blanks. */
  readonly terms: string
}

/** How many parts of lines are remembered. */
const KEPT = 10_000
const LONGEST_KEPT = 500

/** `idOf`: the number of a recurring text. */
export function createDescriber(idOf: (text: string) => number) {
  const known = new Map<string, Described>()

  function described(event: Omit<AuditEvent, 'raw'>): Described {
    const terms: string[] = []
    const numberOf = (facet: TextFacet) => {
      const text = checkedText(event, facet)
      if (text === undefined) return 0
      const id = idOf(text)
      terms.push(facetTerm(facet, id))
      return id
    }
    const { severity = 0 } = event
    if (severity !== 0) terms.push(facetTerm('severity', severity))
    // Written out, because an object built with computed member names stays slow.
    const facets = {
      organization: numberOf('organization'),
      source: numberOf('source'),
      action: numberOf('action'),
      category: numberOf('category'),
      operation: numberOf('operation'),
      outcome: numberOf('outcome'),
      severity,
      login: numberOf('login'),
      address: numberOf('address'),
      project: numberOf('project'),
      stack: numberOf('stack'),
    }
    return { facets, terms: [...terms, ...new Set(wordsOf(searchedText(event)))].join(' ') }
  }

  function remembered(members: string, close = '}'): Described {
    const kept = known.get(members)
    if (kept !== undefined) return kept
    const made = described({ ...NOBODY, ...JSON.parse(`{${members}${close}`) })
    if (members.length > LONGEST_KEPT) return made
    if (known.size >= KEPT) known.clear()
    // A copy, because a substring of a line would keep the whole line in memory.
    known.set(Buffer.from(members).toString(), made)
    return made
  }

  return {
    /** Throws SyntaxError or TypeError if the line is not an event. */
    describe(line: Uint8Array): Described {
      const parts = partsOfHead(headOf(line) ?? '')
      if (parts === undefined) {
        const event = parseWithoutRaw(line)
        checkedSeverity(event)
        return described(event)
      }
      const [origin, kind, who] = [remembered(parts.origin), remembered(parts.kind), remembered(parts.who)]
      const target = parts.target === undefined ? NOTHING : remembered(parts.target, '}}')
      const address = parts.address === undefined ? 0 : idOf(plainOf(parts.address))
      const facets = {
        organization: origin.facets.organization,
        source: origin.facets.source,
        action: kind.facets.action,
        category: kind.facets.category,
        operation: kind.facets.operation,
        outcome: kind.facets.outcome,
        severity: kind.facets.severity,
        login: who.facets.login,
        address,
        project: target.facets.project,
        stack: target.facets.stack,
      }
      let own = ''
      for (const json of parts.own) own += `${separable(json)} `
      if (parts.address !== undefined) own += separable(parts.address)
      const mark = address === 0 ? '' : facetTerm('address', address)
      const terms = `${origin.terms} ${kind.terms} ${who.terms} ${target.terms} ${mark} ${wordTerms(own)}`
      return { facets, terms }
    },
    /** Some numbers may have been removed. */
    forget: () => known.clear(),
  }
}

/** Quotes and backslashes separate words just as blanks do, so only escapes for other characters need decoding. */
function separable(json: string): string {
  return json.includes('\\') && STANDS_FOR_OTHERS.test(json) ? (JSON.parse(json) as string) : json
}

const STANDS_FOR_OTHERS = /\\[bfnrtu]/

const NOBODY = { actor: {} }
const NOTHING: Described = {
  facets: {
    organization: 0,
    source: 0,
    action: 0,
    category: 0,
    operation: 0,
    outcome: 0,
    severity: 0,
    login: 0,
    address: 0,
    project: 0,
    stack: 0,
  },
  terms: '',
}
