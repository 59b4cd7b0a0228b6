/**
 * What an event is about, read from its description, since the API has no structured target field. Best effort: it
 * never throws and never invents, so a description that fits no shape gives no target. The shapes themselves are in
 * `target-shapes.ts`.
 */
import type { Target } from '../event.ts'
import { type Shape, type Slot, shapeOf, WORDS } from './target-shapes.ts'

/** Only the beginning of a description names the target; a hostile one may be megabytes long. */
const READ = 2_000

type Found = { -readonly [Member in keyof Target]: Target[Member] }

/** `object` is what the event is about according to the catalogue. */
export function targetOf(
  action: string,
  object: string | undefined,
  description: string,
): Target | undefined {
  const shape = object === undefined ? undefined : shapeOf(action, object)
  if (object === undefined || shape === undefined) return undefined
  const text = beginning(description)
  const target: Found = { type: object }
  let found = readQuoted(text, shape, target)
  if (shape.bare !== undefined && target.project === undefined) found = readPath(text, shape, target) || found
  if (shape.update === true && target.updateId === undefined) found = readUpdate(text, target) || found
  if (target.user !== undefined && target.role === undefined) readRole(text, target)
  return found ? target : undefined
}

/** Cut at a blank, so that no half of a name is taken for a whole one. */
function beginning(description: string): string {
  if (description.length <= READ) return description
  return description.slice(0, Math.max(0, description.lastIndexOf(' ', READ)))
}

function readQuoted(text: string, shape: Shape, target: Found): boolean {
  let found = false
  let unexplained: string | undefined
  let count = 0
  for (let open = text.indexOf('"'); open !== -1; ) {
    const close = text.indexOf('"', open + 1)
    if (close === -1) break
    const value = text.slice(open + 1, close)
    const slot = explain(wordBefore(text, open), shape)
    count += 1
    if (slot !== undefined) found = place(slot, value, shape, target) || found
    else if (shape.first !== undefined && isFirst(shape.first, value, target)) {
      found = place(shape.first, value, shape, target) || found
    } else {
      const after = explain(wordAfter(text, close), shape)
      if (after === undefined) unexplained = value
      else found = place(after, value, shape, target) || found
    }
    open = text.indexOf('"', close + 1)
  }
  if (shape.only !== undefined && count === 1 && unexplained !== undefined) {
    found = place(shape.only, unexplained, shape, target) || found
  }
  return found
}

function explain(word: string, shape: Shape): Slot | undefined {
  return word === '' ? undefined : (shape.words?.get(word) ?? WORDS.get(word))
}

/** A path is recognised by its slash; anything else is taken only while its place is empty. */
function isFirst(slot: Slot, value: string, target: Found): boolean {
  return slot === 'path' ? value.includes('/') : slot !== 'none' && target[slot] === undefined
}

/** Puts a value in its place, unless the place is taken or the value can't be what the word says. */
function place(slot: Slot, value: string, shape: Shape, target: Found): boolean {
  if (slot === 'none' || value === '') return false
  if (slot === 'path') return placePath(value, shape, target)
  if (target[slot] !== undefined) return false
  if (slot === 'updateId' && !WHOLE_UUID.test(value)) return false
  if (slot === 'role' && value.includes('/')) return false
  target[slot] = value
  return true
}

/** `stack`, `project/stack` or `organization/project/stack`. */
function placePath(value: string, shape: Shape, target: Found): boolean {
  const leaf = shape.bare ?? 'stack'
  if (target[leaf] !== undefined) return false
  const parts = value.split('/', 4)
  if (parts.length > 3 || parts.includes('')) return false
  const [last, project] = parts.reverse()
  if (last === undefined) return false
  target[leaf] = last
  if (project !== undefined) target.project = project
  return true
}

function readPath(text: string, shape: Shape, target: Found): boolean {
  if (!text.includes('/')) return false
  const path = (PATH_OF_NOUN.exec(text) ?? PATH_AT_END.exec(text))?.[1]
  return path !== undefined && placePath(path, shape, target)
}

function readUpdate(text: string, target: Found): boolean {
  const uuid = UUID.exec(text)?.[0]
  if (uuid === undefined) return false
  target.updateId = uuid
  return true
}

/** A built-in role without quotes; a custom role's name can't be distinguished from prose. */
function readRole(text: string, target: Found): void {
  const role = BARE_ROLE.exec(text)?.[1]
  if (role !== undefined) target.role = role
}

/** A path directly after the word `stack` or `environment`. */
const PATH_OF_NOUN =
  /\b(?:stack|environment):? ((?:[\w.-]*[\w-]\/){1,2}[\w.-]*[\w-])(?=$|[\s,;:)]|\.(?:\s|$))/i
/**
 * A path at the end of the text: alone, after one verb (`Deleted web/prod`) or after a preposition (`of web/prod.`).
 */
const PATH_AT_END = /(?:^|^[a-z]+ | (?:of|for|from|in) )((?:[\w.-]*[\w-]\/){1,2}[\w.-]*[\w-])\.?$/i
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/i
const WHOLE_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const BARE_ROLE = /\b(?:role|as|to)(?: an?)? (admin|member|billing manager|read|write|edit)(?![\w"/-])/i

function wordBefore(text: string, quote: number): string {
  let end = quote
  while (end > 0 && isGap(text.charCodeAt(end - 1))) end -= 1
  let start = end
  while (start > 0 && isLetter(text.charCodeAt(start - 1))) start -= 1
  return end === quote ? '' : text.slice(start, end).toLowerCase()
}

function wordAfter(text: string, quote: number): string {
  let start = quote + 1
  while (start < text.length && isGap(text.charCodeAt(start))) start += 1
  let end = start
  while (end < text.length && isLetter(text.charCodeAt(end))) end += 1
  return start === quote + 1 ? '' : text.slice(start, end).toLowerCase()
}

function isGap(code: number): boolean {
  return code === 0x20 || code === 0x3a
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}
