/** Values in a path, a parameter or a body are searched for or refused, but never executed, opened or believed. */
import { expect, it } from 'vitest'
import { type Target, withTarget } from './target.ts'
import { CHANGES, methodOf, pathOf } from './who-may-ask.ts'

let target: Target
let authorization: string
withTarget((opened) => {
  target = opened
  authorization = `Bearer ${opened.operator}`
})

const UPWARDS = [
  '../../package.json',
  '..%2f..%2fpackage.json',
  '..%252f..%252fpackage.json',
  '%2e%2e/%2e%2e/package.json',
  '..\\..\\package.json',
  '..%5c..%5cpackage.json',
  '%c0%ae%c0%ae/%c0%ae%c0%ae/package.json',
  'app.js%00.png',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  'file:%2f%2f%2fetc%2fpasswd',
  '....//....//package.json',
  '__proto__',
  'constructor',
]

it('serves nothing but what it names', async () => {
  const folders = ['/', '/assets/', '/events/', '/api/v1/events/', '/api/v1/sinks/', '/api/orgs/', '/auth/']
  for (const folder of folders) {
    for (const way of UPWARDS) {
      const { status, body } = await target.ask(folder + way, { headers: { authorization } })
      expect([folder + way, body.includes('devDependencies')]).toEqual([folder + way, false])
      // `/events/{uid}` is the console's page, whatever follows.
      if (folder !== '/events/')
        expect([folder + way, [400, 404].includes(status)]).toEqual([folder + way, true])
    }
  }
})

it('takes a name in the path as a name', async () => {
  const named = target.routes.filter((route) => route.includes('{'))
  for (const route of named) {
    for (const way of [...UPWARDS.filter((it) => !it.includes('/')), ...SYNTAX.map(encodeURIComponent)]) {
      const path = pathOf(route.replace(/\{\w+\}/, way))
      const { status } = await target.ask(path, {
        method: methodOf(route),
        headers: { authorization },
        ...(methodOf(route) === 'POST' && { body: CHANGES[route] ?? {} }),
      })
      expect([path, status, [400, 404].includes(status)]).toEqual([path, status, true])
    }
  }
})

it.each(['%', '%zz', '%2', '%ff', '%ed%a0%80', '%00'])('is not confused by %s', async (escaped) => {
  for (const route of target.routes) {
    const method = methodOf(route)
    const body = method === 'POST' ? { body: {} } : {}
    // A POST would still be a valid request without this parameter.
    const inQuery = method === 'GET' ? [`${pathOf(route)}?${escaped}=${escaped}`] : []
    for (const path of [`${pathOf(route)}${escaped}`, ...inQuery]) {
      const { status } = await target.ask(path, { method, headers: { authorization }, ...body })
      expect([path, status, (status >= 200 && status < 300) || (status >= 400 && status < 500)]).toEqual([
        path,
        status,
        true,
      ])
    }
  }
})

const SYNTAX = [
  "' OR 1=1 --",
  "'; DROP TABLE events; --",
  '" OR ""="',
  '%',
  '_',
  '*',
  'a" OR b',
  'NEAR(a b)',
  'description : event',
  'a AND NOT b',
  '-event',
  '^event',
  '(',
  '\\',
  '\u0000',
  '{{7*7}}',
  '$' + '{7*7}',
  '<script>alert(1)</script>',
  '\r\nset-cookie: a=b',
  '\u{1F600}\u202e',
]

const NUMBERS = [
  'NaN',
  'Infinity',
  '-1',
  '1e999',
  '9223372036854775808',
  '-9223372036854775809',
  '1.5',
  '0x10',
  '١',
  ' ',
  '',
]

it('takes query syntax as plain text', async () => {
  for (const [route, parameters] of Object.entries(TEXTS).filter(([it]) => target.routes.includes(it))) {
    for (const parameter of parameters) {
      for (const syntax of SYNTAX) {
        const path = `${pathOf(route)}?${parameter}=${encodeURIComponent(syntax)}`
        const { status, headers, body } = await target.ask(path, { headers: { authorization } })
        expect([path, status, [200, 400, 404].includes(status)]).toEqual([path, status, true])
        expect(headers['set-cookie']).toBeUndefined()
        expect(headers['content-type'], path).not.toContain('html')
        const wanted = parameter === 'text' ? await foundByWords(route, syntax) : 0
        if (status === 200) expect([path, found(body)]).toEqual([path, wanted])
      }
    }
  }
})

/** Found by words alone; a text without words finds nothing. */
async function foundByWords(route: string, text: string): Promise<number> {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return 0
  const path = `${pathOf(route)}?text=${words.join('%20')}`
  return found((await target.ask(path, { headers: { authorization } })).body)
}

it('refuses invalid numbers', async () => {
  for (const [route, parameters] of Object.entries(WHOLE)) {
    if (!target.routes.includes(route)) continue
    for (const parameter of parameters) {
      for (const number of NUMBERS) {
        const path = `${pathOf(route)}?${parameter}=${encodeURIComponent(number)}`
        const { status } = await target.ask(path, { headers: { authorization } })
        expect([path, status]).toEqual([path, 400])
      }
    }
  }
})

it('refuses ten megabytes, in a parameter, a header or a body', async () => {
  const much = 'x'.repeat(10 << 20)
  for (const route of target.routes) {
    const method = methodOf(route)
    const parameter = await target.ask(`${pathOf(route)}?text=${much}`, {
      method,
      headers: { authorization },
    })
    const shape = pathOf(route).startsWith('/api/orgs/')
      ? /^\{"code":431,"message":".*"\}\n$/
      : /^\{"error":".*"\}\n$/
    expect([route, parameter.status, shape.test(parameter.body)]).toEqual([route, 431, true])
  }
  const header = await target.ask(pathOf('GET /api/v1/status'), {
    headers: { authorization, 'x-much': much },
  })
  expect(header.status).toBe(431)
  for (const route of target.routes.filter((it) => methodOf(it) === 'POST')) {
    const { status } = await target.ask(pathOf(route), {
      method: 'POST',
      headers: { authorization },
      body: { much },
    })
    expect([route, [0, 413].includes(status)]).toEqual([route, true])
  }
})

it('refuses bodies other than expected', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const bodies = [
    '',
    '{',
    'null',
    '[]',
    '"all"',
    '{"__proto__":{"all":true}}',
    '{"constructor":{"prototype":{"all":true}}}',
    '{"all":"true","sink":["local"],"ids":{"length":1},"source":["acme"],"from":"0","to":1e999}',
    '{"source":"acme","from":-1,"to":9223372036854775808}',
    '{"source":"acme","sink":"local","from":0,"to":1,"unknown":1}',
    deep,
  ]
  for (const route of Object.keys(CHANGES).filter((it) => target.routes.includes(it))) {
    for (const body of bodies) {
      const headers = { authorization, 'content-type': 'application/json' }
      const { status } = await target.ask(pathOf(route), { method: 'POST', headers, body })
      expect([route, body.slice(0, 80), status]).toEqual([route, body.slice(0, 80), 400])
    }
  }
})

const FILTERS = [
  'organization',
  'source',
  'login',
  'action',
  'category',
  'project',
  'stack',
  'address',
  'text',
]

/** Parameters whose values are taken as they are. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'GET /api/v1/events': [...FILTERS, 'operation', 'outcome', 'cursor', 'archive'],
  'GET /api/v1/events/histogram': FILTERS,
  'GET /api/v1/events/top': [...FILTERS, 'field'],
  'GET /api/v1/events/download': [...FILTERS, 'format'],
  'GET /api/v1/events/stream': ['operation', 'archive'],
  'GET /api/v1/dead-letters': ['sink', 'id', 'state'],
  'GET /api/v1/ledger': ['source'],
  'GET /api/orgs/{org}/auditlogs': ['userFilter', 'continuationToken'],
  'GET /api/orgs/{org}/auditlogs/export': ['userFilter', 'format'],
  'GET /api/orgs/{org}/auditlogs/v2': ['userFilter', 'eventFilter', 'continuationToken'],
}

const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'GET /api/v1/events': ['from', 'to', 'limit', 'severity'],
  'GET /api/v1/events/histogram': ['from', 'to', 'slices'],
  'GET /api/v1/events/top': ['from', 'to', 'limit'],
  'GET /api/v1/events/download': ['from', 'to'],
  'GET /api/v1/dead-letters': ['limit'],
  'GET /api/v1/trail': ['limit', 'before'],
}

/** How many events, or other items, a list holds. */
function found(body: string): number {
  if (!body.startsWith('{'))
    return body.split('\n').filter((line) => line.trim() !== '' && !/^Timestamp,/.test(line)).length
  const lists = Object.values(JSON.parse(body)).filter(Array.isArray)
  return lists.reduce((sum, list) => sum + list.length, 0)
}
