/** The parameters of an address: each is one that the route knows, and given once, else the request is refused. */
import { z } from 'zod'
import { offered } from '../unknown-id.ts'
import { checked } from './checked.ts'
import { RequestError, type Route } from './route.ts'

/** Throws RequestError 400. */
export function refuseUnknownParameters({ parameters = [], ignoresOthers }: Route, query: URLSearchParams) {
  const name = query.keys().find((it) => !parameters.includes(it))
  if (name !== undefined && !ignoresOthers) throw new RequestError(400, unknownParameter(name, parameters))
}

/** A parameter that is `repeatable` is a list. Throws RequestError 400 that names every problem. */
export function parametersOf<Shape extends z.ZodRawShape>(
  shape: Shape,
  query: URLSearchParams,
  repeatable: readonly (keyof Shape & string)[] = [],
): z.output<z.ZodObject<Shape>> {
  const values = new Map<string, string | string[]>(query)
  for (const name of values.keys()) {
    const given = query.getAll(name)
    if (repeatable.includes(name)) values.set(name, given)
    else if (given.length > 1) throw new RequestError(400, `${name.slice(0, 100)}: is given more than once`)
  }
  return checked(z.strictObject(shape), Object.fromEntries(values))
}

/** Second of the year 9999 that is the last. */
export const LATEST = 253_402_300_799

/** A whole number, written in digits. */
export function whole(least: number, most: number) {
  const expected = { error: `expected a whole number from ${least} to ${most}` }
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .pipe(z.int(expected).min(least, expected).max(most, expected))
}

/** Unix seconds. */
export function second() {
  return whole(0, LATEST)
}

/** Longer than any name there is; no database takes a NUL in a text. */
export function name() {
  return z.string().max(1_000, 'is longer than 1,000 characters').regex(NO_NUL, 'holds a NUL')
}

const NO_NUL = /^[^\0]*$/

function unknownParameter(name: string, known: readonly string[]): string {
  const there = known.length === 0 ? 'it takes none' : `there ${offered(name, known)}`
  return `${name.slice(0, 100)}: no such parameter; ${there}`
}
