/**
 * The `where` of a sink: a CEL expression over the native event (https://github.com/google/cel-spec). Its
 * variables are the event's members. An absent `token` or `target` is an empty map and an absent `sourceIp`
 * empty text, so `has(target.project)` and `sourceIp == ""` can be asked of every event; reading a member that
 * isn't there is an error, unless asked as `target.?project.orValue("")`. `enrichment` always has its parts
 * `fields`, `geo` and `as`, which may be empty.
 */
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { Environment } from '@marcbachmann/cel-js'
import { didYouMean } from '../config/suggest.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent, Enrichment } from '../event.ts'
import { createMemberReader } from '../formats/native-members.ts'
import { rfc3339 } from '../formats/rfc3339.ts'

/** Whether a sink wants an event. Throws when the expression can't be computed for it. */
export type Where = (event: AuditEvent) => boolean

/** What is wrong with an expression, for the person who wrote it; undefined if nothing. */
export function checkWhere(text: string): string | undefined {
  const { valid, type, error } = environment().check(text)
  if (!valid) return error === undefined ? 'is not a CEL expression' : placed(error, text)
  if (type !== 'bool' && type !== 'dyn') return `must say true or false, but gives ${type}`
  const fault = faultIn(environment().parse(text).ast)
  return fault && placed(fault, text)
}

/** What the library lets pass: the first such fault. */
function faultIn(node: unknown): Fault | undefined {
  if (Array.isArray(node)) {
    for (const it of node) {
      const found = faultIn(it)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (typeof node !== 'object' || node === null || !('args' in node)) return undefined
  return brokenPattern(node as Syntax) ?? missingMember(node as Syntax) ?? faultIn(node.args)
}

/** A pattern of `matches` that is written out, and is none: it would fail on every event. */
function brokenPattern({ op, args }: Syntax): Fault | undefined {
  if (op !== 'rcall' || !Array.isArray(args) || args[0] !== 'matches') return undefined
  const [pattern] = args[2] as Syntax[]
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return undefined
  const fault = faultOf(pattern.args)
  return fault === undefined ? undefined : { summary: `not a regular expression: ${fault}`, range: pattern }
}

/** `has(actor.emial)`, `actor.?emial`: asked whether it is there, what no event has is never there. */
function missingMember(node: Syntax): Fault | undefined {
  if (!isMember(node)) return undefined
  const [holder, name] = node.args as [Syntax, string]
  const known = Object.keys(membersOf(holder))
  if (known.length === 0 || known.includes(name)) return undefined
  return { summary: `No such key: ${name}`, range: { start: node.pos }, code: 'no_such_key', node }
}

/** A node of the library's syntax tree. */
interface Syntax {
  readonly op: string
  readonly args: unknown
  readonly start: number
  /** Of a member: where its name begins. */
  readonly pos: number
}

function faultOf(pattern: string): string | undefined {
  try {
    new RegExp(pattern)
    return undefined
  } catch (thrown) {
    // Its message repeats the pattern, which may be as long as one likes.
    return messageOf(thrown).split(': ').at(-1)
  }
}

interface Fault {
  readonly summary: string
  readonly range?: { readonly start: number } | undefined
  /** Of the library: what it stumbled over, and why. */
  readonly node?: unknown
  readonly code?: string
}

/** A person looks for the place in what was written, which may span lines. */
function placed(fault: Fault, text: string): string {
  const { summary, range } = fault
  if (range === undefined) return summary
  const before = text.slice(0, range.start).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1} of the expression`
  return `${summary}, at ${place}${memberMeant(fault)}`
}

/** The known member nearest to one that is not: ` (did you mean severity?)`. */
function memberMeant({ code, node }: Fault): string {
  if (node === undefined) return ''
  const { op, args } = node as Syntax
  if (code === 'unknown_variable') return didYouMean(args as string, Object.keys(VARIABLES))
  if (code !== 'no_such_key' || !isMember({ op })) return ''
  const [holder, name] = args as [Syntax, string]
  return didYouMean(name, Object.keys(membersOf(holder)))
}

const isMember = ({ op }: Pick<Syntax, 'op'>) => op === '.' || op === '.?'

/** The members that `actor` or `enrichment.geo` has. */
function membersOf({ op, args }: Syntax): Schema {
  if (op === 'id') {
    const type = VARIABLES[args as string]
    return typeof type === 'object' ? type.schema : {}
  }
  if (!isMember({ op })) return {}
  const [holder, name] = args as [Syntax, string]
  const type = membersOf(holder)[name]
  return typeof type === 'object' ? type : {}
}

/** `text` has passed {@link checkWhere}. */
export function compileWhere(text: string): Where {
  return compile(text).judge
}

/** The same of a native line: only the members that the expression names are read of it. */
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

/** Of an event, as far as an expression asks for them; `time` is only in its native line. */
type Members = Partial<AuditEvent> & { readonly time?: string }

type Schema = { readonly [name: string]: string | Schema }

const VARIABLES: Readonly<Record<string, string | { readonly schema: Schema }>> = {
  uid: 'string',
  source: 'string',
  organization: 'string',
  timestamp: 'int',
  time: 'string',
  observedAt: 'int',
  action: 'string',
  actionName: 'string',
  category: 'string',
  operation: 'string',
  outcome: 'string',
  severity: 'int',
  actor: { schema: texts('type', 'login', 'name', 'avatarUrl', 'email', 'urn') },
  token: { schema: texts('id', 'name') },
  sourceIp: 'string',
  required: { schema: { orgAdmin: 'bool', stackAdmin: 'bool' } },
  authFailure: 'bool',
  target: { schema: texts('type', 'name', 'project', 'stack', 'updateId', 'user', 'role') },
  description: 'string',
  enrichment: {
    schema: {
      fields: 'map<string, dyn>',
      geo: {
        ...texts('country', 'countryName', 'region', 'city'),
        latitude: 'double',
        longitude: 'double',
      },
      as: { number: 'int', organization: 'string' },
    },
  },
  raw: 'dyn',
}

/**
 * A pattern of `matches` that goes back and forth too often in a text is looked for by V8's other engine, whose time grows
 * with the text alone (https://v8.dev/blog/non-backtracking-regexp). Without it whoever names a stack could hold up every
 * sink. That engine knows neither look-arounds nor back-references.
 */
const LINEAR_PATTERNS = '--enable-experimental-regexp-engine-on-excessive-backtracks'

/** With the first expression: most configurations have none, and every command starts in less time without it. */
function loadCel(): typeof import('@marcbachmann/cel-js') {
  setFlagsFromString(LINEAR_PATTERNS)
  return createRequire(import.meta.url)('@marcbachmann/cel-js')
}

function environment(): Environment {
  const { Environment } = loadCel()
  const made = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  return Object.entries(VARIABLES).reduce(
    (it, [name, type]) => it.registerVariable(name, type as string),
    made,
  )
}

function texts(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, 'string']))
}

/** CEL's whole numbers are 64 bits wide, so they come as BigInt; a JavaScript number is its `double`. */
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

/** The library's messages span several lines to point into the expression; one line is enough in a log. */
function evaluate<Value>(compute: () => Value): Value {
  try {
    return compute()
  } catch (thrown) {
    const cel = loadCel()
    const known = [cel.EvaluationError, cel.TypeError, cel.ParseError].some((it) => thrown instanceof it)
    throw new Error(known ? (thrown as { summary: string }).summary : messageOf(thrown))
  }
}
