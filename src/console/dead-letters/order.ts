/** The order in which dead letters are listed. Pure. */
import type { DeadLetterJson } from '../../engine/dead-letter-json.ts'
import { eventOf } from './letter-event.ts'

type Compare = (a: DeadLetterJson, b: DeadLetterJson) => number

const { compare } = new Intl.Collator('en', { numeric: true })
const byText = (textOf: (letter: DeadLetterJson) => string) => (a: DeadLetterJson, b: DeadLetterJson) =>
  compare(textOf(a), textOf(b))

/** The engine gives the oldest first. */
const COMPARES: Readonly<Record<string, Compare>> = {
  newest: (a, b) => b.at.localeCompare(a.at),
  attempts: (a, b) => b.attempts - a.attempts,
  event: byText(({ event }) => eventOf(event).title),
  login: byText(({ event }) => eventOf(event).login),
  sink: byText(({ sink }) => sink),
  reason: byText(({ reason }) => reason),
}

/** The orders other than oldest first. */
export const ORDERS = [
  ['newest', 'Newest first'],
  ['attempts', 'Most attempts first'],
  ['event', 'Event'],
  ['login', 'User'],
  ['sink', 'Sink'],
  ['reason', 'Reason'],
] as const

/** Equal ones stay oldest first; so does the whole list if the order is unknown. */
export function sorted(letters: readonly DeadLetterJson[], order: string): readonly DeadLetterJson[] {
  const compareTwo = Object.hasOwn(COMPARES, order) ? COMPARES[order] : undefined
  return compareTwo === undefined ? letters : letters.toSorted(compareTwo)
}
