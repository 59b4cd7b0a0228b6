/** The candidate nearest to a misspelt word, or empty text if none is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best = { candidate: '', distance: limit + 1 }
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(normalise(word), normalise(candidate))
    if (distance < best.distance) best = { candidate, distance }
  }
  return best.candidate
}

/** `maxEvents`, `Max-Events` and `max_events` are one word. */
function normalise(word: string): string {
  return word
    .slice(0, 64)
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** Levenshtein distance: insertions, deletions and replacements, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
