/** Options that sinks of lines share. */
import { z } from 'zod'
import type { FormatName } from '../formats/format.ts'

export function integrityOption() {
  return z
    .enum(['none', 'chain'])
    .default('none')
    .describe(
      '`chain` numbers the events and links each to the one before by its hash, for `auditferry verify`. Needs `format: native`.',
    )
}

/** For `refuse` of a sink's definition. */
export function refuseChain(integrity: 'none' | 'chain', format: FormatName) {
  if (integrity === 'none' || format === 'native') return undefined
  return { option: 'integrity', message: `chain needs format: native; ${format} has no place for it` }
}
