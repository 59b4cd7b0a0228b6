/**
 * What Splunk makes of an event with the add-on: fields, event types and tags, in the order of its search-time
 * operations.
 */
import { readFileSync } from 'node:fs'
import { type Conf, parseConf, type Stanza } from './conf.ts'
import { compileEval, type Fields } from './eval-expression.ts'
import { compileSearch } from './search-expression.ts'

export const ADD_ON = 'deploy/splunk/TA-auditferry'

interface Seen {
  readonly fields: Fields
  readonly eventtypes: readonly string[]
  readonly tags: readonly string[]
}

export function readConf(name: string): Conf {
  return parseConf(readFileSync(`${ADD_ON}/default/${name}`, 'utf8'), name)
}

/** `line` is the native JSON of an event. Throws on search-time settings that it doesn't know. */
export function createAddOn(sourcetype = 'pulumi:audit'): (line: string) => Seen {
  const props = stanzaOf(readConf('props.conf'), sourcetype)
  const extracts = ofClass(props, 'EXTRACT-').map(([, pattern]) => new RegExp(pattern))
  const aliases = ofClass(props, 'FIELDALIAS-').map(([, text]) => parts(text, /^(\w+) AS (\w+)$/))
  const evals = ofClass(props, 'EVAL-').map(([name, text]) => [name, compileEval(text)] as const)
  const lookups = ofClass(props, 'LOOKUP-').map(([, text]) => createLookup(text))
  const types = [...readConf('eventtypes.conf')].map(
    ([name, stanza]) => [name, compileSearch(setting(stanza, 'search'))] as const,
  )
  const tagged = readConf('tags.conf')

  return (line) => {
    const event: unknown = JSON.parse(line)
    const extracted = Object.assign({}, ...extracts.map((it) => it.exec(line)?.groups ?? {}))
    const own: Record<string, string> = { sourcetype, ...extracted, ...flatten(event) }
    const aliased: Record<string, string | undefined> = { ...own }
    for (const [from, to] of aliases) if (own[from] !== undefined) aliased[to] = own[from]
    const fields: Record<string, string | undefined> = { ...aliased }
    for (const [name, evaluate] of evals) fields[name] = text(evaluate(aliased))
    for (const lookUp of lookups) Object.assign(fields, lookUp(fields))
    const eventtypes = types.filter(([, matches]) => matches(fields)).map(([name]) => name)
    const tags = eventtypes.flatMap((name) => enabled(tagged.get(`eventtype=${name}`)))
    return { fields, eventtypes, tags }
  }
}

function createLookup(definition: string): (fields: Fields) => Fields {
  const [name, input, outputs] = parts(definition, /^(\w+) (\w+) OUTPUT ([\w ]+)$/)
  const transform = stanzaOf(readConf('transforms.conf'), name)
  const [head = '', ...rows] = readFileSync(`${ADD_ON}/lookups/${setting(transform, 'filename')}`, 'utf8')
    .trimEnd()
    .split('\n')
  const columns = head.split(',')
  const table = new Map(rows.map((row) => [row.split(',')[columns.indexOf(input)], row.split(',')]))
  const wanted = outputs.split(' ')
  for (const column of [input, ...wanted]) {
    if (!columns.includes(column)) throw new Error(`the lookup ${name} has no column ${column}`)
  }
  return (fields) => {
    const row = table.get(fields[input])
    const otherwise = setting(transform, 'default_match')
    return Object.fromEntries(wanted.map((it) => [it, row?.[columns.indexOf(it)] ?? otherwise]))
  }
}

/** As KV_MODE = json: nested keys with dots, numbers and booleans as text. Lists are not used. */
function flatten(value: unknown, prefix = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { [prefix]: String(value) }
  const members = Object.entries(value).map(([key, it]) =>
    flatten(it, prefix === '' ? key : `${prefix}.${key}`),
  )
  return Object.assign({}, ...members)
}

function ofClass(stanza: Stanza, prefix: string): [string, string][] {
  return [...stanza]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value])
}

function parts(value: string, pattern: RegExp): [string, string, string] {
  const [, first = '', second = '', third = ''] = pattern.exec(value) ?? []
  if (first === '') throw new Error(`outside of the subset: ${value}`)
  return [first, second, third]
}

function stanzaOf(conf: Conf, name: string): Stanza {
  const stanza = conf.get(name)
  if (stanza === undefined) throw new Error(`no stanza [${name}]`)
  return stanza
}

function setting(stanza: Stanza, key: string): string {
  const value = stanza.get(key)
  if (value === undefined) throw new Error(`${key} is not set`)
  return value
}

function enabled(stanza: Stanza | undefined): string[] {
  return [...(stanza ?? [])].filter(([, value]) => value === 'enabled').map(([tag]) => tag)
}

function text(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
