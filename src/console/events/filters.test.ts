import { describe, expect, it } from 'vitest'
import { apiQuery, changed, isFiltered, readFilters, unreadIn, writeFilters } from './filters.ts'

const NOW = Date.parse('2026-11-25T12:00:30Z')

describe('filters in the address', () => {
  it.each([
    '',
    '?login=dana',
    '?category=stacks&severity=3&text=prod+eu',
    '?login=a%26b%3Dc&address=2001%3Adb8%3A%3A1',
    '?range=24h&archive=cold',
    '?text=%22%3Cscript%3E%25',
    '?login=',
    '?login=+dana+&stack=+prod',
  ])('keeps %s over a reload', (search) => {
    expect(writeFilters(readFilters(search))).toBe(search)
  })

  it.each([
    ['?nonsense=1', {}],
    ['?severity=9&operation=fly&outcome=bad&range=8y&from=abc', {}],
    ['?stack=&text=%20', {}],
    ['?from=253402300800', {}],
    ['?range=constructor', {}],
    ['?range=24h&from=100', { from: '100' }],
  ])('reads %s without what makes no sense', (search, filters) => {
    expect(readFilters(search)).toEqual(filters)
  })

  it.each([
    ['', []],
    ['?login=+dana+&text=a+b+&severity=2&stack=', []],
    ['?user=dana&severity=9&login=lee', ['user=dana', 'severity=9']],
    ['?login=dana&login=lee', ['login=lee']],
    ['?range=24h&from=100', ['range=24h']],
  ])('names what %s has that is no filter', (search, unread) => {
    expect(unreadIn(search)).toEqual(unread)
  })

  it('writes the same for the same filters, however they came about', () => {
    expect(writeFilters({ text: 'x', login: 'dana' })).toBe(writeFilters({ login: 'dana', text: 'x' }))
  })
})

describe('a change', () => {
  it('sets, trims and removes', () => {
    const filters = changed(
      { login: 'dana', stack: 'prod' },
      { login: undefined, stack: '  ', text: ' a b ' },
    )
    expect(filters).toEqual({ text: 'a b' })
  })

  it('keeps a name as it stands, and tells having none from any', () => {
    expect(changed({}, { login: ' dana ' })).toEqual({ login: ' dana ' })
    expect(changed({}, { login: '' })).toEqual({ login: '' })
    expect(changed({ login: '' }, { login: undefined })).toEqual({})
  })

  it('lets a range and bounds put each other out', () => {
    expect(changed({ from: '1', to: '2' }, { range: '1h' })).toEqual({ range: '1h' })
    expect(changed({ range: '1h' }, { from: '1' })).toEqual({ from: '1' })
    expect(changed({ range: '1h' }, { to: undefined })).toEqual({ range: '1h' })
  })
})

describe('the query of the API', () => {
  it('turns a range into a bound at a full minute', () => {
    const query = new URLSearchParams(apiQuery({ range: '1h', login: 'dana' }, NOW, { limit: '100' }))
    expect(Object.fromEntries(query)).toEqual({
      login: 'dana',
      from: String(Date.parse('2026-11-25T11:00:00Z') / 1000),
      limit: '100',
    })
  })

  it('hands on bounds, and knows whether anything is filtered', () => {
    expect(apiQuery({ from: '1', to: '2' }, NOW)).toBe('from=1&to=2')
    expect([isFiltered({ archive: 'a' }), isFiltered({ text: 'a' })]).toEqual([false, true])
  })
})
