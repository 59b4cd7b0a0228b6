/** Who is nobody gets nothing and changes nothing, on every path that the server names. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTarget, type Target } from './target.ts'
import { CHANGES, methodOf, pathOf, WHO } from './who-may-ask.ts'

let target: Target
let before: object
beforeAll(async () => {
  target = await openTarget()
}, 120_000)
afterAll(() => target[Symbol.asyncDispose]())
beforeEach(async () => {
  before = await target.state()
})
afterEach(async () => expect(await target.state()).toEqual(before))

it('names every path in the table of who may ask', () => {
  expect(target.routes.length).toBeGreaterThan(10)
  expect(target.routes.filter((route) => WHO[route] === undefined)).toEqual([])
})

it('refuses whoever shows nothing, or something false', async () => {
  const { operator } = target
  const credentials: Record<string, string>[] = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'token wrong' },
    { authorization: 'Bearer' },
    { authorization: `Bearer ${operator.slice(0, -1)}` },
    { authorization: `Bearer ${operator}x` },
    { authorization: `Bearer ${operator.toUpperCase()}` },
    { authorization: `Bearer wrong, Bearer ${operator}` },
    { authorization: `Basic ${Buffer.from(`admin:${operator}`).toString('base64')}` },
    { authorization: 'Bearer null' },
    { 'x-forwarded-user': 'admin', 'x-forwarded-for': '127.0.0.1' },
    { cookie: `token=${operator}` },
    { cookie: '__proto__=1; session=; constructor=prototype' },
  ]
  for (const route of guarded()) {
    for (const headers of credentials) {
      const { status } = await attack(route, headers)
      expect([route, headers, status]).toEqual([route, headers, 401])
    }
    const inQuery = await target.ask(`${pathOf(route)}?token=wrong&access_token=wrong`, {
      method: methodOf(route),
    })
    expect([route, inQuery.status]).toEqual([route, 401])
  }
})

it('takes no other method, and tells nobody what it would be', async () => {
  for (const route of target.routes) {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const { status, headers } = await target.ask(pathOf(route), { method })
      expect([route, method, status]).toEqual([route, method, 405])
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  }
})

it('answers HEAD as it would GET, without a body', async () => {
  for (const route of target.routes.filter((it) => methodOf(it) === 'GET')) {
    const { status, body } = await target.ask(pathOf(route), { method: 'HEAD' })
    expect([route, body]).toEqual([route, ''])
    if (WHO[route] === 'viewer' || WHO[route] === 'operator') expect([route, status]).toEqual([route, 401])
  }
})

it('refuses what a form on another page can send, with a good token or without', async () => {
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']
  for (const route of target.routes.filter((it) => methodOf(it) === 'POST')) {
    for (const type of types) {
      const headers = {
        authorization: `Bearer ${target.operator}`,
        ...(type !== '' && { 'content-type': type }),
      }
      const body = JSON.stringify(CHANGES[route] ?? {})
      const { status } = await target.ask(pathOf(route), { method: 'POST', headers, body })
      expect([route, type, status]).toEqual([route, type, 415])
    }
    for (const origin of [
      'https://evil.example',
      'null',
      'http://127.0.0.1:1',
      `${target.url}.evil.example`,
    ]) {
      const { status } = await attack(route, { authorization: `Bearer ${target.operator}`, origin })
      expect([route, origin, status]).toEqual([route, origin, 403])
    }
  }
})

it('refuses another name for this machine, against DNS rebinding', async () => {
  for (const route of target.routes) {
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      '[::ffff:127.0.0.1]',
      '127.1@evil.example',
    ]) {
      const { status } = await attack(route, { authorization: `Bearer ${target.operator}`, host })
      expect([route, host, [400, 403].includes(status)]).toEqual([route, host, true])
    }
  }
})

function guarded(): string[] {
  return target.routes.filter((route) => WHO[route] === 'viewer' || WHO[route] === 'operator')
}

function attack(route: string, headers: Record<string, string>) {
  const method = methodOf(route)
  return target.ask(pathOf(route), {
    method,
    headers,
    ...(method === 'POST' && { body: CHANGES[route] ?? {} }),
  })
}
