/** Checks the `where` of a sink before any event comes: faults with their place in the expression, and what was meant. */
import { messageOf } from '../errors.ts'
import { didYouMean } from '../lib/suggest.ts'
import { environment, type Schema, VARIABLES } from './cel-environment.ts'

/** What is wrong with an expression, for the person who wrote it; undefined if nothing. */
export function checkWhere(text: string): string | undefined {
  const { valid, type, error } = environment().check(text)
  if (!valid) return error === undefined ? 'is not a CEL expression' : placed(error, text)
  if (type !== 'bool' && type !== 'dyn') return `must say true or false, but gives ${type}`
  const fault = faultIn(environment().parse(text).ast)
  return fault && placed(fault, text)
}

/** The parts of `enrichment` that an expression names: `geo`, `as`, `fields.env`. `text` has passed `checkWhere`. */
export function enrichmentIn(text: string): string[] {
  const paths = (node: unknown): string[] => {
    if (Array.isArray(node)) return node.flatMap(paths)
    if (typeof node !== 'object' || node === null || !('args' in node)) return []
    const path = /^enrichment\.(geo$|as$|fields\.\w+$)/.exec(pathOf(node as Syntax))?.[1]
    return path === undefined ? paths(node.args) : [path]
  }
  return paths(environment().parse(text).ast)
}

/** `enrichment.geo.city`; '' for what is no path. */
function pathOf({ op, args }: Syntax): string {
  if (op === 'id') return args as string
  if (!isMember({ op })) return ''
  const [holder, name] = args as [Syntax, string]
  return `${pathOf(holder)}.${name}`
}

/** The first fault that the library lets pass. */
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

/** A literal pattern of `matches` that is not a regular expression would fail on every event. */
function brokenPattern({ op, args }: Syntax): Fault | undefined {
  if (op !== 'rcall' || !Array.isArray(args) || args[0] !== 'matches') return undefined
  const [pattern] = args[2] as Syntax[]
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return undefined
  const fault = faultOf(pattern.args)
  return fault === undefined ? undefined : { summary: `not a regular expression: ${fault}`, range: pattern }
}

/** `has(actor.emial)`, `actor.?emial`: a member that no event has is never present, so asking for it is a mistake. */
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
  /** For a member: where its name begins. */
  readonly pos: number
}

function faultOf(pattern: string): string | undefined {
  try {
    new RegExp(pattern)
    return undefined
  } catch (thrown) {
    // The message repeats the pattern, which may be very long.
    const fault = messageOf(thrown).split(': ').at(-1)
    return /\(\?[a-z]+\)/.test(pattern) ? `${fault}; write (?i:…) for (?i)…` : fault
  }
}

interface Fault {
  readonly summary: string
  readonly range?: { readonly start: number } | undefined
  /** Set by the library: what it stumbled over, and why. */
  readonly node?: unknown
  readonly code?: string
}

/** Names the place as line and column, since an expression may span several lines. */
function placed(fault: Fault, text: string): string {
  const { range } = fault
  const summary = fault.summary.replace(STRAY, 'Unexpected text')
  if (range === undefined) return summary
  const before = text.slice(0, range.start).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1} of the expression`
  return `${summary}, at ${place}${memberMeant(fault)}${fault.code === 'unexpected_character' ? OPERATORS : ''}`
}

/** What the library says of a word such as `and`, naming its last letter. */
const STRAY = /^Unexpected character: '.+'$/su
const OPERATORS = ' (operators are ==, !=, <, <=, >, >=, in, &&, || and !)'

/** The known member nearest to an unknown one: ` (did you mean severity?)`. */
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
