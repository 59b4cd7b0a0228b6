import { expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import { withToken } from './token-sender.ts'

const signal = new AbortController().signal

/** A service that accepts the tokens in `good`, and an authority that counts what it issues. */
function open(good: string[], delay = async (_request: number) => {}) {
  const sent: string[] = []
  let kept: string | undefined
  let fetched = 0
  const tokens = {
    get: async () => {
      kept ??= `token ${++fetched}`
      return kept
    },
    forget: () => {
      kept = undefined
    },
    last: new Secret(() => `token ${fetched}`),
  }
  const send = withToken(async ({ headers }) => {
    const token = String(headers?.authorization).slice('Bearer '.length)
    sent.push(token)
    const answer = { status: good.includes(token) ? 204 : 401, headers: {}, body: '' }
    await delay(sent.length)
    return answer
  }, tokens)
  return { sent, ask: async () => (await send({ url: 'https://sink.example/', headers: {} }, signal)).status }
}

test('a token that expires during the run is replaced within the request', async () => {
  const good = ['token 1', 'token 2']
  const { sent, ask } = open(good)
  expect(await ask()).toBe(204)
  good.shift()
  expect(await ask()).toBe(204)
  expect(sent).toEqual(['token 1', 'token 1', 'token 2'])
})

test('a fresh token that is refused stays refused: another one would be, too', async () => {
  const good = ['token 1']
  const { sent, ask } = open(good)
  await ask()
  good.shift()
  expect([await ask(), await ask()]).toEqual([401, 401])
  expect(sent).toEqual(['token 1', 'token 1', 'token 2', 'token 3'])
})

test('requests under way when their token expires share a new one, and none is refused', async () => {
  const good = ['token 1', 'token 2']
  const { sent, ask } = open(good)
  await ask()
  good.shift()
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([204, 204, 204])
  expect(await ask()).toBe(204)
  expect(new Set(sent)).toEqual(new Set(['token 1', 'token 2']))
})

test('a late answer to an old token does not unlearn that the new one was accepted', async () => {
  const late = Promise.withResolvers<void>()
  const good = ['token 1', 'token 2', 'token 3']
  const { ask } = open(good, async (request) => {
    if (request !== 2) return
    good.shift()
    await late.promise
  })
  await ask()
  const slow = ask()
  await ask()
  late.resolve()
  expect(await slow).toBe(204)
  good.shift()
  expect(await ask()).toBe(204)
})
