/** A source or sink that is named and is not there. */
import { didYouMean } from './config/suggest.ts'
import { UnknownIdError } from './errors.ts'

/** `there is no sink sok; there are local, soc (did you mean soc?)` */
export function unknownId(kind: 'source' | 'sink', id: string, known: readonly string[]): UnknownIdError {
  const there = `${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}${didYouMean(id, known)}`
  return new UnknownIdError(`there is no ${kind} ${id}; there ${there}`)
}
