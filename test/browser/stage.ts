/** A running engine with something to see on every page, and users. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { configurationOf, FILE_SINK, startAcme } from '../e2e/acme.ts'
import { eventually, openSite, type Served, type Site } from '../e2e/site.ts'
import { openTap, type Tap } from '../e2e/tap.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { inventHistory } from '../emulators/pulumi/invent.ts'
import { startChromium } from './chromium.ts'

export const OPERATOR = 'operator-0123456789abcdef'
export const VIEWER = 'viewer-0123456789abcdef'

export interface Stage extends AsyncDisposable {
  readonly url: string
  readonly site: Site
  readonly served: Served
  readonly acme: PulumiEmulator
  /** Receiver of the sink `chat`: it refuses every event for good until its status is set to 200. */
  readonly tap: Tap
}

/** One browser for all tests of a file. */
export function browserForAll() {
  const on = {} as { browser: Browser }
  beforeAll(async () => {
    on.browser = await startChromium()
  })
  afterAll(() => on.browser?.close())
  return on
}

/**
 * One browser and one stage for all tests of a file. `users`: a login is needed. `events`: how many in the last day.
 */
export function stageForAll({ users = false, events = 200 } = {}) {
  const on = {} as { browser: Browser; stage: Stage }
  beforeAll(async () => {
    const [browser, stage] = await Promise.all([startChromium(), openStage(users, events)])
    Object.assign(on, { browser, stage })
  })
  afterAll(async () => {
    await on.browser?.close()
    await on.stage?.[Symbol.asyncDispose]()
  })
  return on
}

async function openStage(users: boolean, events: number): Promise<Stage> {
  const site = openSite()
  const newest = Math.floor(Date.now() / 1000) - 60
  const past = inventHistory({ seed: 7, count: events, newest, density: events / 80_000 })
  const acme = await startAcme(site, { past })
  const tap = await openTap(site, 400)
  const server = {
    listen: '127.0.0.1:0',
    ...(users && {
      users: { dana: { role: 'operator', token: OPERATOR }, vera: { role: 'viewer', token: VIEWER } },
    }),
  }
  site.configure(
    configurationOf(acme, {
      source: { start: '24h' },
      sinks: {
        local: FILE_SINK,
        archive: { type: 'archive', path: './data/archive.db', batch: { max_age: '1s' } },
        chat: { ...tap.sink, where: 'severity >= 4', batch: { max_events: 1, max_age: '1s' } },
      },
      server,
    }),
  )
  const served = await site.serve()
  await eventually(async () => {
    const answer = await fetch(`${served.url}/api/v1/status`, {
      headers: { authorization: `Bearer ${OPERATOR}` },
    })
    const { sinks } = (await answer.json()) as Awaited<ReturnType<Served['status']>>
    if ((sinks.archive?.delivered ?? 0) < events) throw new Error('not all is archived yet')
  })
  return {
    url: served.url,
    site,
    served,
    acme,
    tap,
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  }
}
