/**
 * The `where` of a sink: a CEL expression over the native event (https://github.com/google/cel-spec). Its
 * variables are the event's members. An absent `token` or `target` is an empty map and an absent `sourceIp`
 * empty text, so `has(target.project)` and `sourceIp == ""` can be asked of every event; reading a member that
 * isn't there is an error, unless asked as `target.?project.orValue("")`.
 */
import { TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { rfc3339 } from '../formats/rfc3339.ts'

/** Whether a sink wants an event. Throws when the expression can't be computed for it. */
export type Where = (event: AuditEvent) => boolean

/** What is wrong with an expression, for the person who wrote it; undefined if nothing. */
export function checkWhere(text: string): string | undefined {
  const { valid, type, error } = environment().check(text)
  if (!valid) return error?.summary ?? 'is not a CEL expression'
  if (type !== 'bool' && type !== 'dyn') return `must say true or false, but gives ${type}`
  return undefined
}

/** `text` has passed {@link checkWhere}. */
export function compileWhere(text: string): Where {
  const expression = environment().parse(text)
  return (event) => {
    const answer: unknown = evaluate(() => expression(variables(event)))
    if (typeof answer !== 'boolean') throw new Error('gives neither true nor false')
    return answer
  }
}

function environment(): Environment {
  return new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerVariable('uid', 'string')
    .registerVariable('source', 'string')
    .registerVariable('organization', 'string')
    .registerVariable('timestamp', 'int')
    .registerVariable('time', 'string')
    .registerVariable('observedAt', 'int')
    .registerVariable('action', 'string')
    .registerVariable('actionName', 'string')
    .registerVariable('category', 'string')
    .registerVariable('operation', 'string')
    .registerVariable('outcome', 'string')
    .registerVariable('severity', 'int')
    .registerVariable('actor', { schema: texts('type', 'login', 'name', 'avatarUrl', 'email', 'urn') })
    .registerVariable('token', { schema: texts('id', 'name') })
    .registerVariable('sourceIp', 'string')
    .registerVariable('required', { schema: { orgAdmin: 'bool', stackAdmin: 'bool' } })
    .registerVariable('authFailure', 'bool')
    .registerVariable('target', {
      schema: texts('type', 'name', 'project', 'stack', 'updateId', 'user', 'role'),
    })
    .registerVariable('description', 'string')
    .registerVariable('raw', 'dyn')
}

function texts(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, 'string']))
}

/** CEL's whole numbers are 64 bits wide, so they come as BigInt; a JavaScript number is its `double`. */
function variables(event: AuditEvent): Record<string, unknown> {
  return {
    ...event,
    timestamp: BigInt(event.timestamp),
    time: rfc3339(event.timestamp),
    observedAt: BigInt(event.observedAt),
    severity: BigInt(event.severity),
    token: event.token ?? {},
    sourceIp: event.sourceIp ?? '',
    target: event.target ?? {},
  }
}

/** The library's messages span several lines to point into the expression; one line is enough in a log. */
function evaluate<Value>(compute: () => Value): Value {
  try {
    return compute()
  } catch (thrown) {
    const known =
      thrown instanceof EvaluationError || thrown instanceof CelTypeError || thrown instanceof ParseError
    throw new Error(known ? thrown.summary : messageOf(thrown))
  }
}
