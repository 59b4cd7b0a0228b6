import { expect, test } from 'vitest'
import { componentRoutes } from '../../src/server/components.ts'
import { RequestError } from '../../src/server/route.ts'
import { createFakeEngine } from './fake-engine.ts'
import { requestOf } from './route-request.ts'

function openRoutes() {
  const engine = createFakeEngine()
  const routes = componentRoutes(engine)
  const ask = async (path: string, id: string, body: unknown = {}) => {
    const route = routes.find((it) => it.path === path)
    const reply = await route?.handle(requestOf({ params: { id }, body }))
    return JSON.parse(String(reply?.body)) as unknown
  }
  return { engine, routes, ask }
}

test('pauses and resumes in the name of the user', async () => {
  const { engine, ask } = openRoutes()
  expect(await ask('/api/v1/sources/{id}/pause', 'acme')).toEqual({ paused: true })
  expect(await ask('/api/v1/sinks/{id}/pause', 'soc')).toEqual({ paused: true })
  expect(Object.fromEntries(engine.paused)).toEqual({ 'source acme': 'dana', 'sink soc': 'dana' })
  expect(await ask('/api/v1/sources/{id}/resume', 'acme')).toEqual({ paused: false })
  expect([...engine.paused.keys()]).toEqual(['sink soc'])
})

test('tests a sink, and reports the result', async () => {
  const { ask } = openRoutes()
  expect(await ask('/api/v1/sinks/{id}/test', 'soc')).toEqual({
    ok: false,
    detail: 'the test event was not taken: HTTP 401',
    cure: 'mend it',
  })
  await expect(ask('/api/v1/sinks/{id}/test', 'sok')).rejects.toMatchObject({ status: 404 })
})

test('refuses what does not exist, and a body with unknown members', async () => {
  const { routes, ask } = openRoutes()
  await expect(ask('/api/v1/sinks/{id}/pause', 'sok')).rejects.toMatchObject({
    status: 404,
    message: 'there is no sink sok',
  })
  await expect(ask('/api/v1/sinks/{id}/pause', 'soc', { for: '1h' })).rejects.toThrow(RequestError)
  expect(routes.every(({ access, method }) => access === 'operator' && method === 'POST')).toBe(true)
})
