/** Values of options on the command line: numbers, and what may be given several times. */
import { UsageError } from '../errors.ts'

/** Throws UsageError that names the flag. */
export function wholeOf(text: string, flag: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  const value = finiteOf(text, flag)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  const end = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`
  throw new UsageError(`${flag}: expected a whole number from ${min}${end}`)
}

/** Throws UsageError that names the flag. */
export function numberOf(text: string, flag: string): number {
  const value = finiteOf(text, flag)
  if (value < 0) throw new UsageError(`${flag}: expected 0 or more, not "${text}"`)
  return value
}

/** For commander: collects the values of an option that may be given several times. */
export function repeatable(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value]
}

function finiteOf(text: string, flag: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new UsageError(`${flag}: expected a number, not "${text}"`)
  return value
}
