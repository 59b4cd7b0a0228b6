/** The vendor's categories, those with the most kinds of events first; a new category gets one of their colours. */
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
  // Actions that the catalogue doesn't have get a colour of their own.
  'unknown',
]

/** A class that has a colour in `charts.css`; the same category always gets the same class. */
export function colourOf(category: string): string {
  const known = CATEGORIES.indexOf(category)
  if (known >= 0) return `colour-${known}`
  const sum = Array.from(category).reduce((before, letter) => before + (letter.codePointAt(0) ?? 0), 0)
  return `colour-${sum % CATEGORIES.length}`
}
