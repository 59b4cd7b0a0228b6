/** The real program, listening with tokens, with something in every place that an attacker could read or change. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { configurationOf, FILE_SINK, recentEvents, startAcme } from '../e2e/acme.ts'
import { eventually, openSite } from '../e2e/site.ts'
import { openTap } from '../e2e/tap.ts'
import { type Answer, type Ask, ask } from './ask.ts'

export interface Target extends AsyncDisposable {
  readonly url: string
  readonly operator: string
  readonly viewer: string
  /** The operator's login cookie, `name=value`. */
  readonly cookie: string
  /** The routes that the server itself lists, as `METHOD /path`. */
  readonly routes: readonly string[]
  /** Sends a request, and fails if the answer contains anything that nobody may see. */
  ask(path: string, how?: Ask): Promise<Answer>
  /** All state that a request could have changed. */
  state(): Promise<object>
}

const OPERATOR = 'operator-0123456789abcdef-0123456789abcdef'
const VIEWER = 'viewer-0123456789abcdef-0123456789abcdef'

/** Opens a target for the tests of a file, and demands of each of them that it changes nothing there. */
export function withTarget(ready: (target: Target) => void): void {
  let target: Target
  let before: object
  beforeAll(async () => {
    target = await openTarget()
    ready(target)
  })
  afterAll(() => target[Symbol.asyncDispose]())
  beforeEach(async () => {
    before = await target.state()
  })
  afterEach(async () => expect(await target.state()).toEqual(before))
}

async function openTarget(): Promise<Target> {
  const site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 400)
  acme.add(recentEvents(6))
  site.configure(
    configurationOf(acme, {
      source: { poll_every: '1h', retrospect: [] },
      sinks: {
        local: FILE_SINK,
        soc: { ...tap.sink, batch: { max_events: 1 } },
        archive: { type: 'archive', path: './data/archive.db' },
      },
      server: {
        listen: '127.0.0.1:0',
        users: {
          dana: { role: 'operator', token: OPERATOR },
          vera: { role: 'viewer', token: VIEWER },
        },
      },
    }),
  )
  const served = await site.serve()
  const { url } = served
  const secrets = [OPERATOR, VIEWER, acme.token, site.folder, process.cwd()]

  async function askSafely(path: string, how?: Ask): Promise<Answer> {
    const answer = await ask(url, path, how)
    const told = `${JSON.stringify(answer.headers)}\n${answer.body}`
    for (const secret of secrets) expect(told, `${path} tells ${secret}`).not.toContain(secret)
    expect(told, `${path} shows a stack or a query`).not.toMatch(
      /\n\s+at |node:internal|\.ts:\d|SQLITE|SELECT |root:x/,
    )
    expect(answer.status, `${how?.method ?? 'GET'} ${path}: ${answer.body}`).not.toBe(500)
    return answer
  }
  const look = async (path: string) => {
    const { status, body } = await ask(url, path, { headers: { authorization: `Bearer ${OPERATOR}` } })
    expect(status, path).toBe(200)
    return JSON.parse(body)
  }
  await eventually(async () => {
    const { sinks } = await look('/api/v1/status')
    expect([sinks.local.delivered, sinks.archive.delivered, sinks.soc.deadLettered]).toEqual([6, 6, 6])
  })
  const login = await ask(url, '/api/v1/login', { method: 'POST', body: { token: OPERATOR } })
  expect(login.status, login.body).toBe(200)
  const { body } = await ask(url, '/')
  return {
    url,
    operator: OPERATOR,
    viewer: VIEWER,
    cookie: login.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
    routes: [...body.matchAll(/^(GET|POST) +(\/\S*)$/gm)].map(([, method, path]) => `${method} ${path}`),
    ask: askSafely,
    async state() {
      const { sources, sinks } = await look('/api/v1/status')
      return {
        components: Object.entries({ ...sources, ...sinks }).map(([id, it]) => [
          id,
          withoutClocks(it as object),
        ]),
        deadLetters: await look('/api/v1/dead-letters'),
        backfills: await look('/api/v1/backfills'),
        archives: await look('/api/v1/archives'),
        cursors: (await look('/api/v1/state')).sinks,
        requestsToSink: tap.requests,
        requestsToSource: acme.requests.length,
        isAlive: served.pid > 0,
      }
    },
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  }
}

/** Lags and times change by themselves. */
function withoutClocks(component: object): object {
  return Object.fromEntries(Object.entries(component).filter(([key]) => !/lag|last|per|At$/i.test(key)))
}
