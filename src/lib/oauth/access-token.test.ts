import { expect, it } from 'vitest'
import { createAccessTokens } from './access-token.ts'

const MINUTE_MS = 60_000

function openTokens() {
  const world = { now: 0, fetched: 0 }
  const fetch = async () => ({ value: `token ${++world.fetched}`, expiresAt: world.now + 60 * MINUTE_MS })
  const { get, ...tokens } = createAccessTokens(fetch, () => world.now)
  return { world, ...tokens, get: () => get(new AbortController().signal) }
}

it('keeps a token until five minutes before it expires: a request may take a while', async () => {
  const { world, get } = openTokens()
  expect(await get()).toBe('token 1')
  world.now = 55 * MINUTE_MS - 1
  expect(await get()).toBe('token 1')
  world.now = 55 * MINUTE_MS
  expect(await get()).toBe('token 2')
})

it('fetches another one after it was refused, and remembers the last for masking', async () => {
  const { get, forget, last } = openTokens()
  expect(last.reveal()).not.toBe('')
  await get()
  forget()
  expect(last.reveal()).toBe('token 1')
  expect(await get()).toBe('token 2')
})
