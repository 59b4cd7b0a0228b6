import { expect, it } from 'vitest'
import { type AccessToken, createAccessTokens } from './access-token.ts'

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

it('fetches one for all that need it, also if the first of them is given up', async () => {
  let fetched = 0
  const fetch = (signal: AbortSignal) => {
    const answer = Promise.withResolvers<AccessToken>()
    signal.addEventListener('abort', () => answer.reject(signal.reason))
    if (++fetched === 2) answer.resolve({ value: 'token', expiresAt: 60 * MINUTE_MS })
    return answer.promise
  }
  const { get } = createAccessTokens(fetch, () => 0)
  const [first, others] = [new AbortController(), new AbortController()]
  const refused = expect(get(first.signal)).rejects.toThrow('aborted')
  const all = Promise.all([get(others.signal), get(others.signal)])
  expect(fetched).toBe(1)
  first.abort()
  await refused
  expect(await all).toEqual(['token', 'token'])
  expect(fetched).toBe(2)
})
