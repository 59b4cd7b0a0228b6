/** Errors about a source or sink that does not exist. */
import { UnknownIdError } from './errors.ts'
import { didYouMean } from './lib/suggest.ts'

/** `there is no sink sok; there are local, soc (did you mean soc?)` */
export function unknownId(kind: 'source' | 'sink', id: string, known: readonly string[]): UnknownIdError {
  return new UnknownIdError(`there is no ${kind} ${id}; there ${offered(id, known)}`)
}

/** As `listed`, with a name that is near: `are local, hook (did you mean hook?)`. */
export function offered(given: string, known: readonly string[]): string {
  return `${listed(known)}${didYouMean(given, known)}`
}

/** `is soc`, or `are local, hook`. */
export function listed(known: readonly string[]): string {
  return `${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`
}
