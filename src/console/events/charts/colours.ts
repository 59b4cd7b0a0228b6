/** Those of the vendor's list, the ones with most kinds of events first; a new one gets one of their colours. */
const CATEGORIES = [
  'stacks',
  'environments',
  'authentication',
  'organization',
  'neo',
  'discovery',
  'deployments',
  'registry',
  'policy',
  'access-tokens',
  'teams',
  'encryption',
  'integrations',
  // Of actions that the catalogue has not: no other category's colour.
  'unknown',
]

/** A class that `charts.css` gives a colour, always the same for the same category. */
export function colourOf(category: string): string {
  const known = CATEGORIES.indexOf(category)
  if (known >= 0) return `colour-${known}`
  const sum = Array.from(category).reduce((before, letter) => before + (letter.codePointAt(0) ?? 0), 0)
  return `colour-${sum % CATEGORIES.length}`
}
