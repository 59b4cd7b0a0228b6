import { expect, it } from 'vitest'
import { isOfFilesLimit, messageOf } from './errors.ts'

it('tells the limit of open files once, however often it is passed on', () => {
  const error = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
  const passedOn = new Error(messageOf(error))
  expect(messageOf(new Error(messageOf(passedOn)))).toBe(
    'EMFILE: too many open files; this process may open no more files: raise its limit (ulimit -n)',
  )
  expect([error, new Error('not opened', { cause: error }), passedOn].map(isOfFilesLimit)).toEqual([
    true,
    true,
    false,
  ])
})

it.each([
  ['no token', 'timed out', 'no token: timed out'],
  ['no token', 'no token', 'no token'],
  ['no token: timed out', 'timed out', 'no token: timed out'],
  ['no token', '', 'no token'],
])('tells "%s" because of "%s" without saying anything twice', (message, cause, told) => {
  expect(messageOf(new Error(message, { cause: new Error(cause) }))).toBe(told)
})
