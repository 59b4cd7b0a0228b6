import { expect, test } from 'vitest'
import { DEEDS } from '../server/audited.ts'
import { catalogue, identify, ownActions } from './catalogue.ts'

const OPERATIONS = 'create read update delete add remove grant enable disable login denied other'.split(' ')

test('the catalogue holds 169 distinct events, each complete', () => {
  expect(new Set(catalogue.map((entry) => entry.event)).size).toBe(169)
  for (const entry of catalogue) {
    expect(entry.event).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(OPERATIONS).toContain(entry.operation)
    expect([1, 2, 3, 4]).toContain(entry.severity)
    for (const text of [entry.name, entry.category, entry.kind, entry.object]) expect(text).not.toBe('')
  }
})

test('a deprecated event names its replacement', () => {
  const deprecated = catalogue.filter((entry) => entry.deprecated)
  expect(deprecated).toHaveLength(11)
  const current = catalogue.filter((entry) => !entry.deprecated).map((entry) => entry.event)
  for (const entry of deprecated) expect(current).toContain(entry.replacedBy)
})

test.each(catalogue.map((entry) => [entry.event, entry] as const))('both spellings of %s', (event, entry) => {
  const identified = { action: event, actionName: entry.name, entry }
  expect(identify(event)).toEqual(identified)
  expect(identify(entry.name)).toEqual(identified)
  expect(identify(` ${entry.name.toUpperCase()} `)).toEqual(identified)
})

test('the organisation events whose name is not their id', () => {
  expect(identify('Organization Downgraded To Free').action).toBe('org-downgraded-to-free')
  expect(identify('organization-plan-migrated').action).toBe('org-plan-migrated')
  expect(identify('Org Upgraded To Pro').actionName).toBe('Organization Upgraded To Pro')
})

test('an old name becomes the current one, but only where there is one', () => {
  expect(identify('Environment Version Tag Open').action).toBe('environment-revision-tag-open')
  expect(identify('Environment Version Shredded').action).toBe('environment-version-shredded')
})

test.each([
  ['Quantum Flux Reversed', 'quantum-flux-reversed', 'Quantum Flux Reversed'],
  ['quantum-flux-reversed', 'quantum-flux-reversed', 'Quantum Flux Reversed'],
  ['stack.update', 'stack.update', 'Stack.update'],
  ['  odd\tBlanks ', 'odd-blanks', '  odd\tBlanks '],
  ['--', '--', '  '],
  ['', 'unknown', 'Unknown'],
  ['constructor', 'constructor', 'Constructor'],
])('an unknown event passes through: %j', (event, action, actionName) => {
  expect(identify(event)).toEqual({ action, actionName, entry: undefined })
})

test('everything that auditferry’s own trail names is known, and none of it is in the vendor’s catalogue', () => {
  const named = [...Object.values(DEEDS), 'state-imported', 'login', 'logout', 'login-refused']
  const ids = ownActions.map(({ event }) => event)
  expect(new Set(ids)).toEqual(new Set(named.map((action) => `auditferry-${action}`)))
  expect(catalogue.filter(({ event }) => ids.includes(event))).toEqual([])
  expect(identify('auditferry-sink-paused')).toMatchObject({
    actionName: 'Auditferry Sink Paused',
    entry: { category: 'auditferry', operation: 'disable', severity: 3 },
  })
})

test('many unknown and huge names leave the known ones right', () => {
  for (let at = 0; at < 10_000; at += 1) identify(`hostile ${at}`)
  expect(identify('x'.repeat(10_000_000)).entry).toBeUndefined()
  expect(identify('STACK created').action).toBe('stack-created')
  expect(identify('hostile 9999').action).toBe('hostile-9999')
})
