/**
 * The `where` of a sink: a CEL expression over the native event (https://github.com/google/cel-spec). Its
 * variables are the event's members. An absent `token` or `target` is an empty map and an absent `sourceIp`
 * empty text, so `has(target.project)` and `sourceIp == ""` can be asked of every event; reading a member that
 * isn't there is an error, unless asked as `target.?project.orValue("")`. `enrichment` always has its parts
 * `fields`, `geo` and `as`, which may be empty.
 */
import { messageOf } from '../errors.ts'
import type { AuditEvent, Enrichment } from '../event.ts'
import { createMemberReader } from '../formats/native-members.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { environment, loadCel, VARIABLES } from './cel-environment.ts'

/** Whether a sink wants an event. Throws when the expression can't be computed for it. */
export type Where = (event: AuditEvent) => boolean

/** `text` has passed `checkWhere`. */
export function compileWhere(text: string): Where {
  return compile(text).judge
}

/** The same for a native line: reads only the members that the expression names. */
export function compileLineWhere(text: string): (line: Uint8Array) => boolean {
  const { names, judge } = compile(text)
  const read = createMemberReader(names)
  return (line) => judge(read(line))
}

function compile(text: string) {
  const expression = environment().parse(text)
  const names = Object.keys(VARIABLES).filter((name) => new RegExp(`\\b${name}\\b`).test(text))
  const judge = (members: Members): boolean => {
    const answer: unknown = evaluate(() => expression(variables(names, members)))
    if (typeof answer !== 'boolean') throw new Error('gives neither true nor false')
    return answer
  }
  return { names, judge }
}

/** The members of an event that an expression asks for; `time` exists only in native lines. */
type Members = Partial<AuditEvent> & { readonly time?: string }

/** CEL's whole numbers have 64 bits, so they are passed as BigInt; a JavaScript number is its `double`. */
function variables(names: readonly string[], members: Members): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of names) values[name] = variable(name, members)
  return values
}

function variable(name: string, members: Members): unknown {
  switch (name) {
    case 'timestamp':
    case 'observedAt':
    case 'severity':
      return BigInt(members[name] ?? Number.NaN)
    case 'time':
      return members.time ?? rfc3339(members.timestamp ?? Number.NaN)
    case 'token':
    case 'target':
      return members[name] ?? {}
    case 'enrichment':
      return members.enrichment === undefined ? NOTHING_ADDED : addedOf(members.enrichment)
    case 'sourceIp':
      return members.sourceIp ?? ''
    default:
      return members[name as keyof AuditEvent]
  }
}

const NOTHING_ADDED = { fields: {}, geo: {}, as: {} }

function addedOf({ fields = {}, geo = {}, as = {} }: Enrichment): Record<string, unknown> {
  const { number } = as
  return { fields, geo, as: number === undefined ? as : { ...as, number: BigInt(number) } }
}

/** The library's messages span several lines to point into the expression; a log needs only one. */
function evaluate<Value>(compute: () => Value): Value {
  try {
    return compute()
  } catch (thrown) {
    const cel = loadCel()
    const known = [cel.EvaluationError, cel.TypeError, cel.ParseError].some((it) => thrown instanceof it)
    throw new Error(known ? (thrown as { summary: string }).summary : messageOf(thrown))
  }
}
