/** The readers of the add-on's files do refuse bad ones. */
import { expect, it, test } from 'vitest'
import { parseConf } from './conf.ts'
import { compileEval } from './eval-expression.ts'
import { compileSearch } from './search-expression.ts'
import { elementsOf } from './xml.ts'

it('reads a .conf file with comments and continued lines', () => {
  const conf = parseConf('# note\n[a b]\nk = one \\\n  two\n\n[c]\nEVAL-x = "y"\n', 'x.conf')
  expect(conf.get('a b')?.get('k')).toBe('one \n  two')
  expect(conf.get('c')?.get('EVAL-x')).toBe('"y"')
})

it.each([
  ['[a]\n[a]\n', 'twice'],
  ['[a]\nk = 1\nk = 2\n', 'twice'],
  ['k = 1\n', 'no stanza'],
  ['[a]\nk\n', 'not understood'],
  ['[a]\nk =\n', 'not understood'],
])('refuses %j', (text, message) => {
  expect(() => parseConf(text, 'x.conf')).toThrow(message)
})

const fields = { a: 'x', n: '5', 'p.q': 'deep', e: '' }

test.each([
  ['if(a=="x", 1, 2)', 1],
  ["case(a==\"y\", 1, isnotnull('p.q') AND n>=5, 'p.q')", 'deep'],
  ['coalesce(z, a)', 'x'],
  ['a."/".n', 'x/5'],
  ['a."/".z', undefined],
  ['if(z!="x", "yes", "no")', 'no'],
  ['match(a, "^[xy]$") OR z=="1"', true],
  ['true() AND (n<4 OR e!="")', false],
])('eval %s gives %j', (text, value) => {
  expect(compileEval(text)(fields)).toBe(value)
})

test.each(['lower(a)', 'a==', 'a=="x" b', 'if(a, b', 'a ? b'])('eval refuses %s', (text) => {
  expect(() => compileEval(text)).toThrow()
})

test.each([
  ['a=X', true],
  ['a=y OR n=5 e="q"', false],
  ['a=x n IN ("4", "5")', true],
  ['p.q=* NOT z=*', true],
  ['z!=1', false],
  ['a=x NOT (n=5)', false],
])('search %s matches: %s', (text, value) => {
  expect(compileSearch(text)(fields)).toBe(value)
})

test.each(['word', 'a=x*', 'a=x )', 'a IN ()', '(a=x', 'a=x | stats'])('search refuses %s', (text) => {
  expect(() => compileSearch(text)).toThrow()
})

test.each(['<a><b></a></b>', '<a>', '<a x=1/>', '<a>&</a>', 'x<a/>', '<a>1 < 2</a>'])(
  'XML refuses %s',
  (text) => {
    expect(() => elementsOf(text)).toThrow()
  },
)
