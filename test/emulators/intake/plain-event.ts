/**
 * The uid of an event in native format, proved to be JSON by one regular expression: for less than half of what parsing
 * costs. It knows objects in objects in an object, their names without escapes, and no other member called `uid`.
 */

const TEXT = String.raw`"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"`
const SCALAR = String.raw`${TEXT}|-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null`
const NAME = String.raw`(?!"uid":)"[\w.-]*"`
const EVENT = new RegExp(
  `^\\{"uid":"([0-9a-f]{64})"(?:,${NAME}:(?:${SCALAR}|${objectOf(`${SCALAR}|${objectOf(SCALAR)}`)}))*\\}$`,
)

/** Undefined for a text that `JSON.parse` shall read, or refuse. */
export function uidOfPlainEvent(json: string): string | undefined {
  const uid = EVENT.exec(json)?.[1]
  // A text of its own: a part would keep all of the event in memory.
  return uid === undefined ? undefined : JSON.parse(`"${uid}"`)
}

function objectOf(value: string): string {
  const member = `${NAME}:(?:${value})`
  return `\\{(?:${member}(?:,${member})*)?\\}`
}
