/** An event on its way into the dead letters and out of them again. */
import { hash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { native, parseNativeText } from '../formats/native.ts'
import type { DeadLetter, Store } from '../spool/store.ts'
import type { Rules } from './rules.ts'
import type { Item, Work } from './work.ts'
import type { Refused } from './writer.ts'

/** Characters of a sink's answer that are kept. */
const ANSWER_KEPT = 2_000

export function deadLetter(sink: string, source: string, refused: Refused, now: number): DeadLetter {
  const { item, reason, answer, attempts } = refused
  return {
    id: item.letter?.id ?? letterId(sink, item.uid),
    sink,
    source,
    uid: item.uid,
    at: item.letter?.at ?? now,
    attempts: (item.letter?.attempts ?? 0) + attempts,
    reason,
    answer: answer.slice(0, ANSWER_KEPT),
    state: 'parked',
    event: native.encode(item.event),
  }
}

/** An event, as the sink's rules left it, to be sent again. */
export function replayLetter(sink: string, source: string, event: AuditEvent, now: number): DeadLetter {
  return {
    id: `${REPLAY}${letterId(sink, event.uid)}`,
    sink,
    source,
    uid: event.uid,
    at: now,
    attempts: 0,
    reason: 'replay',
    answer: '',
    state: 'replay',
    event: native.encode(event),
  }
}

/** Whether a replay sends it: the event was settled before, and is not counted as delivered again. */
export function isReplay({ id }: Pick<DeadLetter, 'id'>): boolean {
  return id.startsWith(REPLAY)
}

/** Prefix of the ids of what a replay sends; an event that is refused then keeps its id as a dead letter. */
const REPLAY = 'replay-'

/** An event is at most one dead letter of a sink, however often it is tried. */
export function letterId(sink: string, uid: string): string {
  return hash('sha256', `${sink} ${uid}`).slice(0, 16)
}

/**
 * Adds a dead letter to a batch: already redacted, formatted again. One that a rule failed on is judged again too. One
 * that can't be decrypted is parked with what it holds.
 */
export function redeliver({ items, heldBack }: Work, letter: DeadLetter, rules: Rules): void {
  const { uid, unreadable } = letter
  if (unreadable !== undefined) return void heldBack.push({ ...letter, reason: unreadable, state: 'parked' })
  const event = parseNativeText(letter.event)
  const holdBack = (reason: string) => heldBack.push({ ...letter, reason, answer: '', state: 'parked' })
  const reason = isUnjudged(letter) ? rules.holdBack(event) : undefined
  if (reason !== undefined) return void holdBack(reason)
  try {
    const { timestamp } = event
    items.push({ offset: undefined, letter, uid, timestamp, event, payload: rules.format(event) })
  } catch (thrown) {
    // One that can't be formatted must not keep the others from going out.
    holdBack(`format: ${messageOf(thrown)}`)
  }
}

/**
 * A batch without the dead letters that were dropped after it took them up. It consists of dead letters in one state, or
 * has none.
 */
export async function withoutDropped(
  store: Pick<Store, 'deadLetters'>,
  sink: string,
  items: readonly Item[],
): Promise<readonly Item[]> {
  const state = items[0]?.letter?.state
  if (state === undefined) return items
  const ids = items.flatMap(({ letter }) => letter?.id ?? [])
  const there = new Set(
    (await store.deadLetters({ sink, ids, state, limit: ids.length })).map(({ id }) => id),
  )
  return items.filter(({ letter }) => letter !== undefined && there.has(letter.id))
}

/** A rule failed on it: it was never written, nor did a replay's rules let it pass. */
function isUnjudged(letter: DeadLetter): boolean {
  return letter.attempts === 0 && !isReplay(letter)
}
