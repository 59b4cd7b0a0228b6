import { expect, it } from 'vitest'
import { readTokenAnswer } from './token-answer.ts'

const ENDPOINT = { name: 'token', cure: 'mend it', lifetimeS: 600 }
const read = (status: number, answer: object) =>
  readTokenAnswer({ status, headers: {}, body: JSON.stringify(answer) }, ENDPOINT, 1_000)

it.each([
  ['a number', 60, 61_000],
  ['a text', '60', 61_000],
  ['nothing', undefined, 601_000],
  ['no number', 'soon', 601_000],
])('a token whose answer says %s of its end', (_, expires_in, expiresAt) => {
  expect(read(200, { access_token: 'a', expires_in })).toEqual({ value: 'a', expiresAt })
})

it.each([
  [400, 'TokenRefusedError', 'token: HTTP 400: {"error":"invalid_client"}; mend it'],
  [429, 'TokenDelayedError', 'token: HTTP 429: {"error":"invalid_client"}'],
  [500, 'TokenDelayedError', 'token: HTTP 500: {"error":"invalid_client"}'],
  [200, 'TokenDelayedError', 'token: HTTP 200 without a token'],
])('an answer without a token, HTTP %i', (status, name, message) => {
  expect(() => read(status, { error: 'invalid_client' })).toThrow(expect.objectContaining({ name, message }))
})
