/**
 * Each detection fires on its cases and on nothing else; the Sigma rule and its translations to SPL and KQL are run on
 * the same events.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { native } from '../../src/formats/native.ts'
import { catalogue } from '../../src/normalise/catalogue.ts'
import { eventOf, eventOfEach } from '../formats/sample-events.ts'
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
const names = folders.map(({ name }) => name).toSorted()
const rules = names.map((name) => readRule(read(name, 'rule.yaml')))
const addOn = createAddOn()
const eachEvent = eventOfEach().map((event) => native.encode(event))

describe.each(names)('%s', (name) => {
  const rule = readRule(read(name, 'rule.yaml'))
  const cases = readCases(`${ROOT}/${name}/cases.yaml`)

  it.each(cases.match)('fires: $name', ({ lines }) => {
    const { sigma, spl, kql } = found(name, rule, lines)
    expect(sigma).not.toEqual([])
    if (rule.correlation === undefined) expect(sigma.length).toBe(lines.length)
    expect({ spl, kql }).toEqual({ spl: sigma, kql: sigma })
  })

  it.each(cases.ignore)('stays quiet: $name', ({ lines }) => {
    expect(found(name, rule, lines)).toEqual({ sigma: [], spl: [], kql: [] })
  })

  it('counts an event that was delivered twice only once', () => {
    for (const { lines } of [...cases.ignore, ...cases.match]) {
      const once = bySigma(rule, lines)
      const twice = Object.values(found(name, rule, [...lines, ...lines]))
      expect(twice.map((keys) => [...new Set(keys)])).toEqual([once, once, once])
    }
  })

  it('means the same in all three languages, whatever the event', () => {
    const { sigma, spl, kql } = found(name, rule, eachEvent)
    expect({ spl, kql }).toEqual({ spl: sigma, kql: sigma })
  })

  it('consists of four files', () => {
    expect(readdirSync(`${ROOT}/${name}`).toSorted()).toEqual(FILES)
  })
})

it('finds the same bursts in all three languages, however events are spread over time', () => {
  const name = 'authentication-failure-burst'
  const rule = readRule(read(name, 'rule.yaml'))
  const refusal = fc.record({ at: fc.integer({ min: 0, max: 2400 }), host: fc.integer({ min: 1, max: 2 }) })
  let fired = 0
  fc.assert(
    fc.property(fc.array(refusal, { minLength: 4, maxLength: 24 }), (refusals) => {
      const lines = refusals.map(({ at, host }) =>
        native.encode(
          eventOf({
            event: 'user-login-failed',
            sourceIp: `203.0.113.${host}`,
            timestamp: 1_795_384_800 + at,
          }),
        ),
      )
      const { sigma, spl, kql } = found(name, rule, lines)
      if (sigma.length > 0) fired += 1
      expect({ spl, kql }).toEqual({ spl: sigma, kql: sigma })
    }),
    { numRuns: 300 },
  )
  expect(fired).toBeGreaterThan(20)
  expect(fired).toBeLessThan(280)
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

function found(name: string, rule: SigmaRule, lines: readonly string[]) {
  return { sigma: bySigma(rule, lines), spl: bySpl(name, rule, lines), kql: byKql(name, rule, lines) }
}

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
