/** The interpreters of detections can say no: to a query outside their subset, and to an event. */
import { expect, it, test } from 'vitest'
import { runKql } from './kql.ts'
import { compileKql } from './kql-expression.ts'
import { readRule } from './sigma.ts'
import { compileCondition } from './sigma-condition.ts'
import { correlate } from './sigma-correlation.ts'
import { runSpl } from './spl.ts'
import type { Tree } from './tree.ts'

const HEAD = `title: A title
id: 7a0d5b0e-96a8-4f3e-9a55-6a1b2c3d4e5f
status: test
description: Long enough to say what it is about.
author: auditferry
date: 2026-11-25
tags: [attack.impact]
falsepositives: [some]
level: low
`
const SOURCE = 'logsource: { product: pulumi, service: audit }\n'

function rule(selection: string, condition = 'selection'): string {
  return `${HEAD}${SOURCE}detection: { selection: ${selection}, condition: ${condition} }\n`
}

const event = {
  action: 'stack-deleted',
  actor: { login: 'dana' },
  sourceIp: '198.51.100.7',
  required: { orgAdmin: true },
  description: 'Deleted stack "web/prod"',
}

test.each([
  ['{ action: Stack-Deleted }', true],
  ['{ action: [a, stack-deleted], actor.login: dana }', true],
  ['{ action: stack-deleted, actor.login: bob }', false],
  ['[{ actor.login: bob }, { sourceIp|cidr: 198.51.100.0/24 }]', true],
  ['{ sourceIp|cidr: "2001:db8::/32" }', false],
  ['{ description|contains|all: [deleted, WEB] }', true],
  ['{ description|contains|all: [deleted, nothing] }', false],
  ['{ action|startswith: stack-, action|endswith: [ed, x] }', true],
  ['{ description|re: "stack .web" }', true],
  ['{ description|re: "^stack" }', false],
  ['{ token.id: null, sourceIp|exists: true }', true],
  ['{ token.id|exists: true }', false],
  ['{ required.orgAdmin: true }', true],
])('the Sigma selection %s matches: %s', (selection, expected) => {
  expect(readRule(rule(selection)).matches(event)).toBe(expected)
})

test.each([
  [rule('{ action|base64: x }'), 'modifiers'],
  [rule('{ action|contains|startswith: x }'), 'modifiers'],
  [rule('{ action: "stack-*" }'), 'wildcards'],
  [rule('{ action|all: x }'), 'needs a list'],
  [rule('{}'), 'empty'],
  [rule('[keyword]'), 'must be a map'],
  [rule('{ action: x }', 'selection | count() > 5'), 'too much'],
  [rule('{ action: x }', 'other'), 'names no selection'],
  [rule('{ action: x }').replace('product: pulumi', 'product: aws'), 'logsource'],
  [rule('{ action: x }').replace('4f3e', '1f3e'), 'id'],
  [rule('{ action: x }').replace('level: low', 'level: bad'), 'level'],
  [`${rule('{ action: x }')}timeframe: 5m\n`, 'timeframe'],
])('Sigma refuses rule %#', (yaml, message) => {
  expect(() => readRule(yaml)).toThrow(message)
})

test.each([
  ['a and not b', true],
  ['not (a and not b) or c', false],
  ['1 of f_* or b', true],
  ['a and all of f_*', false],
])('the Sigma condition %s holds: %s', (text, expected) => {
  const names = ['a', 'b', 'c', 'f_1', 'f_2'].filter(
    (name) => text.includes(name) || (text.includes('f_') && name.startsWith('f_')),
  )
  expect(compileCondition(text, names)((name) => name === 'a' || name === 'f_1')).toBe(expected)
})

it('refuses a condition that leaves a selection out', () => {
  expect(() => compileCondition('a', ['a', 'b'])).toThrow('does not use b')
  expect(() => compileCondition('2 of them', ['a', 'b'])).toThrow('outside of the subset')
})

function counting(correlation: string): string {
  const base = `title: Base\nname: base\n${SOURCE}detection: { selection: { action: x }, condition: selection }\n`
  return `${base}---\n${HEAD}correlation: { ${correlation} }\n`
}

test.each([
  ['type: temporal, rules: [base], group-by: [sourceIp], timespan: 5m, condition: { gte: 2 }', 'temporal'],
  ['type: event_count, rules: [other], group-by: [sourceIp], timespan: 5m, condition: { gte: 2 }', 'base'],
  ['type: event_count, rules: [base], group-by: [a, b], timespan: 5m, condition: { gte: 2 }', 'one field'],
  ['type: event_count, rules: [base], group-by: [a], timespan: 5w, condition: { gte: 2 }', 'time span'],
  ['type: event_count, rules: [base], group-by: [a], timespan: 5m, condition: { lt: 2 }', 'lt'],
  ['type: value_count, rules: [base], group-by: [a], timespan: 5m, condition: { gte: 2 }', 'field'],
])('Sigma refuses the correlation %s', (correlation, message) => {
  expect(() => readRule(counting(correlation))).toThrow(message)
})

it('slides its window from event to event', () => {
  const events: Tree[] = [0, 100, 290, 310].map((timestamp) => ({
    uid: `${timestamp}`,
    timestamp,
    a: 'x',
    v: timestamp % 100,
  }))
  const three = { groupBy: 'a', timespanSeconds: 300, atLeast: 3 }
  expect(correlate(three, events)).toEqual(['x'])
  expect(correlate({ ...three, atLeast: 4 }, events)).toEqual([])
  expect(correlate({ ...three, timespanSeconds: 200 }, events)).toEqual([])
  expect(correlate({ ...three, field: 'v' }, events)).toEqual(['x'])
  expect(correlate({ ...three, field: 'v' }, events.slice(0, 3))).toEqual([])
})

const rows = [0, 60, 120].map((time) => ({ _time: `${time}`, a: 'x', uid: `${time}`, n: '5' }))

it('runs SPL', () => {
  expect(runSpl('a=x | dedup n | table _time', rows, 0)).toEqual([{ _time: '120' }])
  const counted = runSpl(
    'a=x | streamstats time_window=2m count AS c BY a | where c>=2 | table _time, c',
    rows,
    0,
  )
  expect(counted).toEqual([
    { _time: '60', c: '2' },
    { _time: '0', c: '2' },
  ])
  expect(runSpl('a=x | stats min(_time) AS first, dc(uid) AS c BY a', rows, 9)).toMatchObject([
    { a: 'x', first: '0', c: '3' },
  ])
})

test.each([
  'a=x | rex field=a "x"',
  'a=x | stats sum(n) AS s BY a',
  'a=x | dedup a b',
  '`none` a=x',
  'a=x | streamstats window=5 count AS c BY a',
  'a=x | sort - n',
])('SPL refuses %s', (search) => {
  expect(() => runSpl(search, rows, 0)).toThrow()
})

const table = [0, 60, 120].map((timestamp) => ({
  timestamp,
  uid: `${timestamp}`,
  actor: { login: 'dana' },
  action: 'a b',
}))

it('runs KQL', () => {
  const query =
    'PulumiAudit_CL\n| sort by action asc, TimeGenerated asc\n| where prev(action) == action and TimeGenerated - prev(TimeGenerated) < 2m\n| project TimeGenerated, login = tostring(actor.login)'
  expect(runKql(query, table, 0)).toEqual(
    [60, 120].map((TimeGenerated) => ({ TimeGenerated, login: 'dana' })),
  )
  const counted =
    'PulumiAudit_CL\n| where action in ("a b", "c") and TimeGenerated > ago(70s)\n| summarize n = count(), last = max(TimeGenerated) by action'
  expect(runKql(counted, table, 120)).toMatchObject([{ action: 'a b', n: 2, last: 120 }])
})

test.each([
  'Other\n| where true',
  'PulumiAudit_CL\n| where actor.login == "x"',
  'PulumiAudit_CL\n| where action has "x"',
  'PulumiAudit_CL\n| summarize n = count() by actor',
  'PulumiAudit_CL\n| summarize n = avg(uid) by action',
  'PulumiAudit_CL\n| sort by action desc',
  'PulumiAudit_CL\n| take 5',
  'PulumiAudit_CL\n| project actor.login',
])('KQL refuses %j', (query) => {
  expect(() => runKql(query, table, 0)).toThrow()
})

test.each(['a ==', '(a', 'a == "x" "y"', "a == 'x'", 'a !~ "x"'])('a KQL expression refuses %s', (text) => {
  expect(() => compileKql(text)({}, { rows: [], at: 0 })).toThrow()
})
