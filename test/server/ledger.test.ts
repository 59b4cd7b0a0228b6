import { expect, test } from 'vitest'
import { ledgerRoutes } from '../../src/server/ledger.ts'
import { createFakeEngine } from './fake-engine.ts'
import { requestOf } from './route-request.ts'

const ask = async (query: string) => {
  const [route] = ledgerRoutes(createFakeEngine())
  const reply = await route?.handle(requestOf({ query: new URLSearchParams(query) }))
  return JSON.parse(String(reply?.body)) as unknown
}

test('answers the days of a range', async () => {
  const counts = { delivered: 9, filtered: 2, deadLettered: 1, complete: true }
  expect(await ask('source=acme&from=1795000000&to=1795400000')).toEqual({
    days: [
      { day: '2026-11-22', events: 12, gaps: 0, sinks: { soc: counts }, partlyRead: false, complete: true },
    ],
    unread: [{ day: '2026-11-23', partlyRead: false }],
  })
})

test.each([
  ['source=acme&from=1', 'to: '],
  ['source=acme&from=1&to=x', 'to: expected a whole number from 0 to'],
  ['source=acme&from=2&to=2', 'from must lie before to'],
  ['source=acme&from=0&to=86400001', 'at most 1000 days'],
  ['source=acme&from=1&to=2&day=3', 'day'],
  ['source=&from=1&to=2', 'source'],
  ['source=acme&from=1&to=2&source=lab', 'source: is given more than once'],
])('refuses %s', async (query, why) => {
  await expect(ask(query)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(why) })
})

test('says which source does not exist', async () => {
  await expect(ask('source=lab&from=1&to=2')).rejects.toMatchObject({
    status: 404,
    message: 'there is no source lab',
  })
})
