import { z } from 'zod'

/** An option that a later version will take: empty is accepted, anything else is refused in plain words. */
export function announced() {
  return z.unknown().refine(isEmpty, 'is not available in this version; it comes with a later one').optional()
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isEmpty)
  return value === undefined || value === null || value === ''
}
