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

it.each([
  ['sslrootcert=/etc/ca.pem', 'sslrootcert', 'ca_file'],
  ['sslcert=a.pem&sslmode=verify-full', 'sslcert', 'cert_file'],
  ['sslkey=a.key', 'sslkey', 'key_file'],
  ['sslmode=require&ssl=0', 'ssl', 'sslmode=disable'],
])('has TLS configured in one place: %s', (query, name, instead) => {
  expect(issuesOf({ database: `postgres://h/d?${query}` })).toEqual([
    expect.stringMatching(`\`${name}\` is not for the address: write .*${instead}`),
  ])
})

it('reports a misspelt path once, and a missing one', () => {
  expect(issuesOf({ pth: './archive.db' })).toEqual(['Unrecognized key: "pth"'])
  expect(issuesOf({})).toEqual(['needs `path` (a SQLite file) or `database` (PostgreSQL)'])
  expect(issuesOf({ path: './a.db', database: 'postgres://h/d' })).toEqual([
    '`path` and `database` exclude each other: leave one out',
  ])
})
