import { expect, it } from 'vitest'
import { config } from './config.ts'

const issuesOf = (value: object) => config.safeParse(value).error?.issues.map(({ message }) => message) ?? []

it('reports a misspelt path once, and a missing one', () => {
  expect(issuesOf({ pth: './archive.db' })).toEqual(['Unrecognized key: "pth"'])
  expect(issuesOf({})).toEqual(['needs `path` (a SQLite file) or `database` (PostgreSQL)'])
  expect(issuesOf({ path: './a.db', database: 'postgres://h/d' })).toEqual([
    '`path` and `database` exclude each other: leave one out',
  ])
})
