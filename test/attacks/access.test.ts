/** Without credentials a caller gets nothing and changes nothing, on every path of the server. */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Target, withTarget } from './target.ts'
import { CHANGES, methodOf, pathOf, WHO } from './who-may-ask.ts'

let target: Target
withTarget((opened) => {
  target = opened
})

it('names every path in the table of who may request it', () => {
  expect(target.routes.length).toBeGreaterThan(10)
  expect(target.routes.filter((route) => WHO[route] === undefined)).toEqual([])
})

it('refuses callers with no credentials, or with false ones', async () => {
  const { cookie } = target
  const [name, id = ''] = cookie.split('=')
  expect(id.length).toBeGreaterThan(40)
  const credentials: Record<string, string>[] = [
    {},
    { authorization: 'Bearer' },
    { authorization: `Basic ${Buffer.from(`dana:${target.operator}`).toString('base64')}` },
    { 'x-forwarded-user': 'dana', 'x-forwarded-for': '127.0.0.1' },
    { cookie: `token=${target.operator}` },
    { cookie: `${name}=` },
    { cookie: `${name}=${target.operator}` },
    { cookie: `${name}=${id.slice(0, -1)}` },
    { cookie: `${name}=${id}x` },
    { cookie: `${name}=${changed(id)}` },
    { cookie: `${name}=${createHash('sha256').update(id).digest('base64url')}` },
    { cookie: `${name}=eyJhbGciOiJub25lIn0.eyJuYW1lIjoiZGFuYSIsInJvbGUiOiJvcGVyYXRvciJ9.` },
    { cookie: '__proto__=1; session=; constructor=prototype' },
  ]
  for (const route of guarded()) {
    for (const headers of credentials) {
      const { status } = await attack(route, headers)
      expect([route, headers, status]).toEqual([route, headers, 401])
    }
    const inQuery = await target.ask(`${pathOf(route)}?token=${target.operator}`, { method: methodOf(route) })
    expect([route, inQuery.status]).toEqual([route, 401])
  }
})

it('refuses wrong tokens, and soon stops checking them', async () => {
  const { operator } = target
  const tokens = [
    'Bearer wrong',
    'token wrong',
    `Bearer ${operator.slice(0, -1)}`,
    `Bearer ${operator}x`,
    `Bearer ${operator.toUpperCase()}`,
    `Bearer ${changed(operator)}`,
    'Bearer null',
  ]
  const seen = new Set<number>()
  for (const [index, route] of guarded().entries()) {
    const authorization = tokens[index % tokens.length] ?? ''
    const { status } = await attack(route, { authorization }, '127.0.0.66')
    expect([route, authorization, [401, 429].includes(status)]).toEqual([route, authorization, true])
    seen.add(status)
  }
  expect([...seen]).toEqual([401, 429])
})

it('lets a viewer look, but change nothing', async () => {
  const authorization = `Bearer ${target.viewer}`
  for (const route of guarded()) {
    const { status } = await attack(route, { authorization })
    if (WHO[route] === 'operator') expect([route, status]).toEqual([route, 403])
    else expect([route, [401, 403].includes(status)]).toEqual([route, false])
  }
})

it('does not accept a cookie alone for a change', async () => {
  const { cookie } = target
  const me = await target.ask('/api/v1/me', { headers: { cookie } })
  const { csrf, user } = JSON.parse(me.body)
  expect([user, csrf.length > 20]).toEqual([{ name: 'dana', role: 'operator' }, true])
  const csrfs = ['', 'null', changed(csrf), csrf.slice(1), cookie.split('=')[1] ?? '']
  for (const route of guarded().filter((it) => methodOf(it) === 'POST')) {
    for (const forged of [{}, ...csrfs.map((it) => ({ 'x-csrf-token': it }))]) {
      const { status } = await attack(route, { cookie, ...forged })
      expect([route, forged, status]).toEqual([route, forged, 403])
    }
    const crossSite = await attack(route, { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' })
    expect([route, crossSite.status]).toEqual([route, 403])
  }
})

it('accepts no other method, and tells nobody what it would be', async () => {
  for (const route of target.routes) {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const { status, headers } = await target.ask(pathOf(route), { method })
      expect([route, method, status]).toEqual([route, method, 405])
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  }
})

it('streams and exports nothing for a page of another site', async () => {
  const authorization = `Bearer ${target.operator}`
  for (const route of guarded()) {
    for (const upgrade of [{}, { connection: 'Upgrade', upgrade: 'websocket' }]) {
      const { status } = await attack(route, { authorization, origin: 'https://evil.example', ...upgrade })
      expect([route, upgrade, status]).toEqual([route, upgrade, 403])
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

it('refuses what a form on another page can send, with or without a valid token', async () => {
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

/** Differs in one letter. */
function changed(text: string): string {
  return `${text.slice(0, 5)}${text[5] === 'a' ? 'b' : 'a'}${text.slice(6)}`
}

function attack(route: string, headers: Record<string, string>, from = '127.0.0.1') {
  const method = methodOf(route)
  return target.ask(pathOf(route), {
    method,
    headers,
    from,
    ...(method === 'POST' && { body: CHANGES[route] ?? {} }),
  })
}
