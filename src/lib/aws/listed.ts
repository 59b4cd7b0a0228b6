/** Answers that list a result for each entry, in order, together with a count of the failures. */
import type { Verdict } from '../sinks/aws-entry-sink.ts'

interface Listed {
  readonly error: string | undefined
  readonly message: string | undefined
  /** The id that the service gives to a taken entry. */
  readonly proof: unknown
}

/**
 * An entry was taken if the answer names it. If the count of failures differs from those listed, only the failures are
 * believed.
 */
export function verdictsByPlace(
  listed: readonly Listed[],
  failed: number | undefined,
  sent: number,
): (Verdict | undefined)[] {
  // With one too few or too many, no place in the list can be trusted.
  if (listed.length !== sent) return []
  const isClear = failed === undefined || failed === listed.filter(isFailure).length
  return listed.map((it) => {
    if (isFailure(it)) return it
    return isClear && typeof it.proof === 'string' && it.proof !== '' ? TAKEN : undefined
  })
}

const TAKEN: Verdict = { error: '' }

function isFailure(it: Listed): it is Listed & { readonly error: string } {
  return it.error !== undefined && it.error !== ''
}
