import { expect, test } from 'vitest'
import type { Outcome } from '../../../src/outcome.ts'
import { answerOf, texts } from '../../../test/emulators/splunk-hec/answers.ts'
import { judge } from './verdict.ts'

const small = { events: 4, bytes: 2_000 }

function answer(code: number, more: object = {}, status = texts[code]?.[0] ?? 0) {
  return { status, headers: {}, body: JSON.stringify({ ...Object(answerOf(code).body), ...more }) }
}

function kinds(outcomes: readonly Outcome[]): string {
  return outcomes.map(({ kind }) => kind).join(' ')
}

const all = (kind: Outcome['kind']) => Array(4).fill(kind).join(' ')

/** Of four events; the third is the bad one where the answer names one. */
const expected: Record<number, [named: string, unnamed: string]> = {
  0: [all('delivered'), all('delivered')],
  1: [all('pause'), all('pause')],
  2: [all('pause'), all('pause')],
  3: [all('pause'), all('pause')],
  4: [all('pause'), all('pause')],
  5: [all('rejected'), all('rejected')],
  6: ['delivered delivered rejected retry', all('split')],
  7: ['delivered delivered pause pause', all('pause')],
  8: [all('retry'), all('retry')],
  9: [all('retry'), all('retry')],
  10: [all('pause'), all('pause')],
  11: [all('pause'), all('pause')],
  12: ['delivered delivered rejected retry', all('split')],
  13: ['delivered delivered rejected retry', all('split')],
  14: [all('pause'), all('pause')],
  15: ['delivered delivered rejected retry', all('split')],
  16: [all('pause'), all('pause')],
  17: [all('pause'), all('pause')],
  18: [all('retry'), all('retry')],
  19: [all('retry'), all('retry')],
  20: [all('retry'), all('retry')],
  21: [all('pause'), all('pause')],
  22: [all('pause'), all('pause')],
  23: [all('retry'), all('retry')],
  24: [all('delivered'), all('delivered')],
  25: [all('delivered'), all('delivered')],
  26: [all('retry'), all('retry')],
  27: [all('retry'), all('retry')],
  28: [all('pause'), all('pause')],
}

test('the table covers every code of HEC', () => {
  expect(Object.keys(expected)).toEqual(Object.keys(texts))
})

test.each(Object.keys(texts).map(Number))('code %i', (code) => {
  const [named, unnamed] = expected[code] ?? []
  expect(kinds(judge(answer(code, { 'invalid-event-number': 2 }), small, 0).outcomes)).toBe(named)
  expect(kinds(judge(answer(code), small, 0).outcomes)).toBe(unnamed)
  expect(judge(answer(code), small, 0).nearCapacity).toBe(code === 24 || code === 25)
})

test.each([-1, 1.5, '2', null, 4, 1e300])('event number %j identifies none of four events', (number) => {
  const { outcomes } = judge(answer(6, { 'invalid-event-number': number }), small, 0)
  expect(kinds(outcomes)).toBe(all('split'))
})

test('the first or the last event can be the bad one', () => {
  const first = judge(answer(6, { 'invalid-event-number': 0 }), small, 0)
  expect(kinds(first.outcomes)).toBe('rejected retry retry retry')
  const last = judge(answer(6, { 'invalid-event-number': 3 }), small, 0)
  expect(kinds(last.outcomes)).toBe('delivered delivered delivered rejected')
})

test('neighbours of a bad event are sent again at once, and it keeps the answer', () => {
  const { outcomes } = judge(answer(12, { 'invalid-event-number': 2 }), small, 0)
  expect(outcomes[3]).toMatchObject({ kind: 'retry', afterMs: 0 })
  expect(outcomes[2]).toEqual({
    kind: 'rejected',
    reason: '400 event field is required (code 12)',
    answer: '{"text":"Event field is required","code":12,"invalid-event-number":2}',
  })
})

test('a large body whose first event is called invalid was too large for Splunk Cloud', () => {
  const { outcomes } = judge(answer(6, { 'invalid-event-number': 0 }), { events: 4, bytes: 5 << 20 }, 0)
  expect(kinds(outcomes)).toBe(all('split'))
  const other = judge(answer(6, { 'invalid-event-number': 1 }), { events: 4, bytes: 5 << 20 }, 0)
  expect(kinds(other.outcomes)).toBe('delivered rejected retry retry')
})

test('an error inside a 200 is no success', () => {
  expect(kinds(judge(answer(9, {}, 200), small, 0).outcomes)).toBe(all('retry'))
  expect(kinds(judge(answer(4, {}, 200), small, 0).outcomes)).toBe(all('pause'))
})

test.each([5, 6, 7, 12, 13, 15])('code %i inside a 200 neither delivers nor rejects an event', (code) => {
  const { outcomes } = judge(answer(code, { 'invalid-event-number': 2 }, 200), small, 0)
  expect(kinds(outcomes)).toBe(all('retry'))
  expect(kinds(judge(answer(code, {}, 200), small, 0).outcomes)).toBe(all('retry'))
})

test.each([
  '',
  ' ',
  'OK',
  '<html>Welcome</html>',
  '{}',
  '[]',
  'null',
  '0',
  '{"code":"0"}',
  '{"code":99}',
  '{"text":"Success"}',
  '{"text":"Success","code":0',
])('200 with %j is no success', (body) => {
  const { outcomes } = judge({ status: 200, headers: {}, body }, small, 0)
  expect(kinds(outcomes)).toBe(all('retry'))
})

test('a code as text counts if it reports a failure, and then no event is taken for delivered', () => {
  const textual = (code: number, status = texts[code]?.[0] ?? 0) =>
    kinds(judge(answer(code, { code: `${code}`, 'invalid-event-number': 2 }, status), small, 0).outcomes)
  expect([3, 7, 9].map((code) => textual(code, 400))).toEqual([all('pause'), all('pause'), all('retry')])
  expect([5, 6, 12].map((code) => textual(code))).toEqual([all('split'), all('split'), all('split')])
  for (const code of [0, 24, 25]) expect(textual(code, 200)).toBe(all('retry'))
  const ofWords = ['07', '7.0', ' 7', '-7', 'seven', ''].map(
    (code) => judge({ status: 400, headers: {}, body: JSON.stringify({ code }) }, small, 0).outcomes,
  )
  expect(ofWords.map(kinds)).toEqual(ofWords.map(() => all('split')))
})

test.each([201, 204, 302, 400, 500])('success inside a %i is no success', (status) => {
  expect(kinds(judge(answer(0, { ackId: 7 }, status), small, 0).outcomes)).not.toContain('delivered')
  expect(judge(answer(0, { ackId: 7 }, status), small, 0).ackId).toBeUndefined()
})

test.each([6, 5, 12])('code %i does not reject events inside a 503', (code) => {
  const { outcomes } = judge(answer(code, { 'invalid-event-number': 0 }, 503), small, 0)
  expect(kinds(outcomes)).toBe(all('retry'))
})

test.each([
  [401, 'pause'],
  [403, 'pause'],
  [404, 'pause'],
  [302, 'pause'],
  [408, 'retry'],
  [429, 'retry'],
] as const)('no code rejects events inside a %i', (status, kind) => {
  for (const code of [5, 6, 7, 12]) {
    const { outcomes } = judge(answer(code, { 'invalid-event-number': 2 }, status), small, 0)
    expect(kinds(outcomes), String(code)).toBe(all(kind))
  }
})

test.each([6, 0, 9])('a 413 means too large, even with code %i', (code) => {
  const { outcomes } = judge(answer(code, { 'invalid-event-number': 2 }, 413), small, 0)
  expect(kinds(outcomes)).toBe(all('split'))
})

test.each([
  [413, 'split'],
  [408, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [502, 'retry'],
  [503, 'retry'],
  [301, 'pause'],
  [401, 'pause'],
  [403, 'pause'],
  [404, 'pause'],
  [405, 'pause'],
  [410, 'pause'],
  [400, 'split'],
] as const)('status %i without a code: %s', (status, kind) => {
  expect(kinds(judge({ status, headers: {}, body: '<html>' }, small, 0).outcomes)).toBe(all(kind))
})

test('Retry-After is passed on', () => {
  const busy = { ...answer(9), headers: { 'retry-after': '7' } }
  expect(judge(busy, small, 0).outcomes[0]).toMatchObject({ kind: 'retry', afterMs: 7_000 })
})

test.each([
  [401, 'HTTP 401; check `token` and that it is enabled in Splunk'],
  [404, 'HTTP 404; check `endpoint`: no HEC there (8088; in the cloud http-inputs-<stack>:443)'],
])('a reason contains the cure without a code, too: %i', (status, reason) => {
  expect(judge({ status, headers: {}, body: '' }, small, 0).outcomes[0]).toEqual({ kind: 'pause', reason })
})

test('a reason contains status, meaning, code and cure', () => {
  expect(judge(answer(3), small, 0).outcomes[0]).toEqual({
    kind: 'pause',
    reason: '401 invalid authorization (code 3): check `token` and that it is enabled in Splunk',
  })
})
