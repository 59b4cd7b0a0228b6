/** The candidate that a misspelt or shortened word must mean, or empty text if none is near enough. */
export function nearest(word: string, candidates: readonly string[]): string {
  return nearestSpelling(word, candidates) || longerName(word, candidates)
}

/** `token` is short for `access_token`, `org` for `organization`, if it is for no other. */
function longerName(word: string, candidates: readonly string[]): string {
  const short = normalise(word)
  const isPart = (part: string) => part === short || (short.length >= 3 && part.startsWith(short))
  const [only, other] = candidates.filter((it) => it.split('_').some(isPart))
  return other === undefined ? (only ?? '') : ''
}

function nearestSpelling(word: string, candidates: readonly string[]): string {
  // Of a single character nothing would be left to recognise.
  const limit = word.length === 1 ? 0 : Math.max(1, Math.floor(word.length / 3))
  let best = { candidate: '', distance: limit + 1 }
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(normalise(word), normalise(candidate))
    if (distance < best.distance) best = { candidate, distance }
  }
  return best.candidate
}

/** ` (did you mean max_events?)`, or empty text if no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates)
  return near === '' ? '' : ` (did you mean ${near}?)`
}

/** `maxEvents`, `Max-Events` and `max_events` are one word. */
function normalise(word: string): string {
  return word
    .slice(0, 64)
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** Insertions, deletions, replacements and swaps of neighbours ("optimal string alignment"), a row of the table at a time. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      const swapped =
        i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j] ? (before[j - 1] ?? 0) + 1 : replaced
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}
