/** Each detection fires on its cases and on nothing else: the Sigma rule and its translations to SPL and KQL, on the same events. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { native } from '../../src/formats/native.ts'
import { catalogue } from '../../src/normalise/catalogue.ts'
import { eventOfEach } from '../formats/sample-events.ts'
import { createAddOn, readConf } from '../splunk/add-on.ts'
import { jsonOf, readCases } from './cases.ts'
import { runKql } from './kql.ts'
import { readRule, type SigmaRule } from './sigma.ts'
import { correlate } from './sigma-correlation.ts'
import { runSpl } from './spl.ts'
import { textOf } from './tree.ts'

const ROOT = 'deploy/detections'
const FILES = ['cases.yaml', 'query.kql', 'rule.yaml', 'search.spl']
const folders = readdirSync(ROOT, { withFileTypes: true }).filter((it) => it.isDirectory())
const names = folders.map(({ name }) => name)
const rules = names.map((name) => readRule(read(name, 'rule.yaml')))
const addOn = createAddOn()
const eachEvent = eventOfEach().map((event) => native.encode(event))

describe.each(names)('%s', (name) => {
  const rule = readRule(read(name, 'rule.yaml'))
  const cases = readCases(`${ROOT}/${name}/cases.yaml`)

  it.each(cases.match)('fires: $name', ({ lines }) => {
    const found = bySigma(rule, lines)
    expect(found).not.toEqual([])
    if (rule.correlation === undefined) expect(found.length).toBe(lines.length)
    expect([bySpl(name, rule, lines), byKql(name, rule, lines)]).toEqual([found, found])
  })

  it.each(cases.ignore)('stays quiet: $name', ({ lines }) => {
    expect([bySigma(rule, lines), bySpl(name, rule, lines), byKql(name, rule, lines)]).toEqual([[], [], []])
  })

  it('counts an event once that was delivered twice', () => {
    const lines = [...cases.ignore, ...cases.match].map((it) => it.lines)
    for (const once of lines) {
      const twice = [...once, ...once]
      const found = [...new Set(bySigma(rule, once))]
      expect(
        [
          bySigma,
          (_: SigmaRule, it: string[]) => bySpl(name, rule, it),
          (_: SigmaRule, it: string[]) => byKql(name, rule, it),
        ].map((run) => [...new Set(run(rule, twice))]),
      ).toEqual([found, found, found])
    }
  })

  it('means the same in all three languages, whatever the event', () => {
    const found = bySigma(rule, eachEvent)
    expect([bySpl(name, rule, eachEvent), byKql(name, rule, eachEvent)]).toEqual([found, found])
  })

  it('consists of four files', () => {
    expect(readdirSync(`${ROOT}/${name}`).toSorted()).toEqual(FILES)
  })
})

it('has a detection for every event of the highest severity', () => {
  const single = rules.filter(({ correlation }) => correlation === undefined)
  const high = eventOfEach().filter(({ severity }) => severity === 4)
  expect(high.length).toBe(catalogue.filter(({ severity }) => severity === 4).length)
  const unseen = high.filter(
    (event) => !single.some((rule) => bySigma(rule, [native.encode(event)]).length > 0),
  )
  expect(unseen.map(({ action }) => action)).toEqual([])
})

it('names only event ids that the catalogue knows', () => {
  const known = new Set<string>(catalogue.map(({ event }) => event))
  const files = names.flatMap((name) =>
    FILES.slice(1).map((file) => [`${name}/${file}`, read(name, file)] as const),
  )
  const named = files.flatMap(([file, text]) =>
    [...text.matchAll(/(?:"|^ *(?:- |action: ))([a-z]+(?:-[a-z]+)+)(?:"|$)/gm)].map(([, id = '']) => [
      file,
      id,
    ]),
  )
  expect(named.length).toBeGreaterThan(60)
  expect(named.filter(([, id = '']) => !known.has(id))).toEqual([])
})

it('gives each rule a title and an id of its own, and an alert in the add-on, switched off', () => {
  for (const key of ['id', 'title'])
    expect(new Set(rules.map(({ head }) => head[key])).size).toBe(names.length)
  const counted = names.flatMap((name) => read(name, 'rule.yaml').match(/^name: .*$/m) ?? [])
  expect(counted.length).toBeGreaterThan(2)
  expect(new Set(counted).size).toBe(counted.length)
  const alerts = readConf('savedsearches.conf')
  expect([...alerts.keys()]).toEqual(rules.map(({ head }) => textOf(head, 'title')))
  for (const [at, alert] of [...alerts.values()].entries()) {
    expect(alert.get('disabled')).toBe('1')
    expect(alert.get('search')?.replaceAll(' \n', '\n')).toBe(read(names[at] ?? '', 'search.spl').trim())
  }
})

/** The uids of single events, or the groups of a correlation. */
function bySigma(rule: SigmaRule, lines: readonly string[]): string[] {
  const events = lines.map(jsonOf).filter(rule.matches)
  return rule.correlation
    ? correlate(rule.correlation, events)
    : events.map(({ uid }) => String(uid)).toSorted()
}

function bySpl(name: string, rule: SigmaRule, lines: readonly string[]): string[] {
  const events = lines.map((line) => {
    const { fields } = addOn(line)
    return { ...fields, _time: fields.timestamp }
  })
  const rows = runSpl(read(name, 'search.spl'), events, lastOf(lines))
  return keysOf(rows, rule.correlation?.groupBy ?? 'uid')
}

function byKql(name: string, rule: SigmaRule, lines: readonly string[]): string[] {
  const rows = runKql(read(name, 'query.kql'), lines.map(jsonOf), lastOf(lines))
  return keysOf(rows, rule.correlation?.groupBy.split('.').at(-1) ?? 'uid')
}

function keysOf(rows: readonly Readonly<Record<string, unknown>>[], key: string): string[] {
  for (const row of rows) expect(row[key]).toBeDefined()
  return rows.map((row) => String(row[key])).toSorted()
}

function lastOf(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => Number(jsonOf(line).timestamp)))
}

function read(name: string, file: string): string {
  return readFileSync(`${ROOT}/${name}/${file}`, 'utf8')
}
