/**
 * Sigma rules, limited to what deploy/detections uses. Anything else throws, so that no rule means more than what is
 * tested here.
 */
import { BlockList, isIP } from 'node:net'
import { parseAllDocuments } from 'yaml'
import { type Condition, compileCondition } from './sigma-condition.ts'
import { type Correlation, readCorrelation } from './sigma-correlation.ts'
import { refuseOthers, type Tree, textOf, treeOf, valueAt } from './tree.ts'

type Matches = (event: Tree) => boolean

export interface SigmaRule {
  readonly head: Tree
  readonly matches: Matches
  /** Absent for a rule about single events. */
  readonly correlation?: Correlation
}

/** One document, or a rule for single events and their correlation. */
export function readRule(yaml: string): SigmaRule {
  const documents = parseAllDocuments(yaml) as { errors: unknown[]; toJS(): unknown }[]
  if (documents.some(({ errors }) => errors.length > 0)) throw new Error('not YAML')
  const [first, second, ...more] = documents.map((it) => treeOf(it.toJS(), 'rule'))
  if (first === undefined || more.length > 0) throw new Error('one or two documents expected')
  const matches = compileDetection(first)
  if (second === undefined) {
    checkHead(first, ['logsource', 'detection', 'fields'])
    return { head: first, matches }
  }
  refuseOthers(first, ['title', 'name', 'logsource', 'detection'], 'the rule that is counted')
  checkHead(second, ['correlation'])
  return { head: second, matches, correlation: readCorrelation(second, textOf(first, 'name')) }
}

const META = ['title', 'id', 'status', 'description', 'author', 'date', 'tags', 'falsepositives', 'level']
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function checkHead(head: Tree, others: readonly string[]): void {
  refuseOthers(head, [...META, ...others], 'the rule')
  const demands: [string, RegExp][] = [
    ['title', /^.{5,110}$/],
    ['id', UUID4],
    ['status', /^(stable|test|experimental)$/],
    ['description', /^.{20,}/],
    ['author', /^auditferry$/],
    ['date', /^\d{4}-\d\d-\d\d$/],
    ['level', /^(informational|low|medium|high|critical)$/],
  ]
  for (const [key, pattern] of demands) {
    if (!pattern.test(textOf(head, key))) throw new Error(`${key}: ${head[key]} is not allowed`)
  }
  for (const [key, pattern] of [
    ['tags', /^attack\.[a-z0-9.-]+$/],
    ['falsepositives', /../],
  ] as const) {
    const list = head[key]
    const isRight = Array.isArray(list) && list.length > 0 && list.every((it) => pattern.test(String(it)))
    if (!isRight) throw new Error(`${key} must be a list`)
  }
}

function compileDetection(rule: Tree): Matches {
  const source = treeOf(rule.logsource, 'logsource')
  refuseOthers(source, ['product', 'service'], 'logsource')
  if (source.product !== 'pulumi' || source.service !== 'audit')
    throw new Error('logsource is not pulumi audit')
  const { condition, ...selections } = treeOf(rule.detection, 'detection')
  const compiled = new Map(Object.entries(selections).map(([name, it]) => [name, selection(it)]))
  const holds: Condition = compileCondition(String(condition), [...compiled.keys()])
  return (event) => holds((name) => compiled.get(name)?.(event) ?? false)
}

/** A map: all of its fields must match. A list of maps: any of them. */
function selection(value: unknown): Matches {
  if (Array.isArray(value)) {
    const any = value.map(selection)
    return (event) => any.some((matches) => matches(event))
  }
  const all = Object.entries(treeOf(value, 'selection')).map(([key, it]) => fieldTest(key, it))
  if (all.length === 0) throw new Error('an empty selection')
  return (event) => all.every((matches) => matches(event))
}

function fieldTest(key: string, wanted: unknown): Matches {
  const [path = '', ...modifiers] = key.split('|')
  if (!/^[a-zA-Z]+(\.[a-zA-Z]+)*$/.test(path)) throw new Error(`${key} is no field`)
  const every = modifiers.at(-1) === 'all'
  const [modifier = 'equals', ...rest] = every ? modifiers.slice(0, -1) : modifiers
  const make = MODIFIERS[modifier]
  if (make === undefined || rest.length > 0)
    throw new Error(`the modifiers of ${key} are outside of the subset`)
  const values = Array.isArray(wanted) ? wanted : [wanted]
  if (every && values.length < 2) throw new Error(`${key}: all needs a list`)
  const tests = values.map((it) => make(it))
  return (event) => {
    const found = valueAt(event, path)
    return every ? tests.every((it) => it(found)) : tests.some((it) => it(found))
  }
}

type ValueTest = (found: unknown) => boolean

const MODIFIERS: Readonly<Record<string, (wanted: unknown) => ValueTest>> = {
  equals: (wanted) => (wanted === null ? (found) => found === undefined : text(wanted, (a, b) => a === b)),
  contains: (wanted) => text(wanted, (found, it) => found.includes(it)),
  startswith: (wanted) => text(wanted, (found, it) => found.startsWith(it)),
  endswith: (wanted) => text(wanted, (found, it) => found.endsWith(it)),
  exists: (wanted) => (found) => (found !== undefined) === wanted,
  // Unlike the rest, a regular expression is case-sensitive.
  re: (wanted) => {
    const pattern = new RegExp(String(wanted))
    return (found) => found !== undefined && pattern.test(String(found))
  },
  cidr: (wanted) => {
    const [address = '', bits] = String(wanted).split('/')
    const network = new BlockList()
    network.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
    return (found) =>
      isIP(String(found)) !== 0 && network.check(String(found), isIP(String(found)) === 6 ? 'ipv6' : 'ipv4')
  },
}

/** Sigma compares text case-insensitively. Its wildcards are outside the subset. */
function text(wanted: unknown, compare: (found: string, wanted: string) => boolean): ValueTest {
  const value = String(wanted).toLowerCase()
  if (/[*?\\]/.test(value)) throw new Error(`wildcards are outside of the subset: ${wanted}`)
  return (found) => found !== undefined && compare(String(found).toLowerCase(), value)
}
