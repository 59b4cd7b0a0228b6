/** Orders for backfills over HTTP: what is accepted, and what is refused before it reaches the engine. */
import { expect, it } from 'vitest'
import type { BackfillOrder } from '../../src/engine/engine-api.ts'
import { UnknownIdError, UsageError } from '../../src/errors.ts'
import { backfillRoutes } from '../../src/server/backfills.ts'
import { createFakeEngine } from './fake-engine.ts'
import { requestOf } from './route-request.ts'

function openRoutes() {
  const engine = createFakeEngine()
  const orders: BackfillOrder[] = []
  engine.startBackfill = async (order) => {
    if (order.source === 'busy') throw new UsageError('another backfill of busy is not at its end yet')
    orders.push(order)
  }
  engine.cancelBackfill = async (source) => {
    if (source === 'nobody') throw new UnknownIdError('there is no source nobody')
    return source === 'busy'
  }
  const post = (path: string) => async (body: object) =>
    backfillRoutes(engine)
      .find((route) => route.method === 'POST' && route.path === path)
      ?.handle(requestOf({ body }))
  return { orders, order: post('/api/v1/backfills'), cancel: post('/api/v1/backfills/cancel') }
}

it('takes an order, with eight parts at a time if it does not say', async () => {
  const { orders, order } = openRoutes()
  expect(await order({ source: 'acme', from: 60, to: 120 })).toMatchObject({
    status: 200,
    body: '{"backfills":[]}\n',
  })
  await order({ source: 'acme', from: 60, to: 120, sinks: ['soc'] })
  const taken = { source: 'acme', from: 60, to: 120, parallel: 8, dryRun: false }
  expect(orders).toEqual([taken, { ...taken, sinks: ['soc'] }])
})

it.each([
  [{ from: 60, to: 120 }, 400, 'source'],
  [{ source: 'acme', from: 120, to: 120 }, 400, 'from must lie before to'],
  [{ source: 'acme', from: 60, to: 9e9 }, 400, 'to must not lie in the future'],
  [{ source: 'acme', from: 60, to: 120, parallel: 65 }, 400, 'parallel'],
  [{ source: 'acme', from: 60, to: 120, sink: 'soc' }, 400, 'sink'],
  [{ source: 'acme', from: 60, to: 120, sinks: [] }, 400, 'sinks'],
  [{ source: 'busy', from: 60, to: 120 }, 409, 'not at its end'],
])('refuses %j', async (body, status, message) => {
  const { orders, order } = openRoutes()
  await expect(order(body)).rejects.toMatchObject({ status, message: expect.stringContaining(message) })
  expect(orders).toEqual([])
})

it('cancels the one of a source, and says whether there was one', async () => {
  const { cancel } = openRoutes()
  expect(await cancel({ source: 'busy' })).toMatchObject({ status: 200, body: '{"cancelled":true}\n' })
  expect(await cancel({ source: 'acme' })).toMatchObject({ status: 200, body: '{"cancelled":false}\n' })
  await expect(cancel({ source: 'nobody' })).rejects.toMatchObject({ status: 404 })
  await expect(cancel({})).rejects.toMatchObject({ status: 400, message: expect.stringContaining('source') })
})
