import { expect, it } from 'vitest'
import { config } from './config.ts'

const issuesOf = (value: object) => config.safeParse(value).error?.issues.map(({ message }) => message) ?? []

it.each(['p#w', 'p/w', 'p?w', 'p%w'])(
  'asks for a password that is written as an address needs it: %s',
  (password) => {
    expect(issuesOf({ database: `postgres://u:${password}@h/d` })).toEqual([
      expect.stringContaining('in the password written as %25 %2F %3F %23'),
    ])
    expect(issuesOf({ database: `postgres://u:${encodeURIComponent(password)}@h/d` })).toEqual([])
  },
)

it('reports a misspelt path once, and a missing one', () => {
  expect(issuesOf({ pth: './archive.db' })).toEqual(['Unrecognized key: "pth"'])
  expect(issuesOf({})).toEqual(['needs `path` (a SQLite file) or `database` (PostgreSQL)'])
  expect(issuesOf({ path: './a.db', database: 'postgres://h/d' })).toEqual([
    '`path` and `database` exclude each other: leave one out',
  ])
})
