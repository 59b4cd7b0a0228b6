import { didYouMean } from '../config/suggest.ts'

/** The ids that there are, and the one that was meant: `acme, lab (did you mean acme?)`. */
export function offer(given: string, known: readonly string[]): string {
  return known.join(', ') + didYouMean(given, known)
}
