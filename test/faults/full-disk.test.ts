/** The disk with the state is full: the engine says so, forgets nothing, and continues once there is space again. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from '../e2e/acme.ts'
import { eventually, openSite, type Site } from '../e2e/site.ts'
import { openTap } from '../e2e/tap.ts'

it('a full disk under the state holds up polls and deliveries; once there is space, all events arrive, once', async ({
  skip,
}) => {
  await using site = openSite()
  if (!mountDisk(site, 'disk')) skip('not allowed to mount a file system')
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const state = { type: 'embedded', path: './disk' }
  site.configure(configurationOf(acme, { state, shutdown_timeout: '3s' }))
  const engine = await site.serve()
  await eventually(() => expect(site.delivered()).toHaveLength(3))

  fill(site.path('disk/ballast'))
  // Random text keeps its size in the compressed spool.
  acme.add(recentEvents(400, 4).map((it) => ({ ...it, sourceIP: randomBytes(450).toString('base64') })))
  await eventually(async () => {
    const { sources, state } = await engine.status()
    expect({ state, source: sources.acme?.state }).toEqual({ state: 'stuck', source: 'stuck' })
    expect(sources.acme?.reason).toMatch(
      /no space left for the state file .*auditferry\.db .*disk is full.*free some space/,
    )
  })
  // A restart would not help.
  expect(await asked(engine.url, '/healthz')).toMatchObject({ status: 200 })
  expect(await asked(engine.url, '/readyz')).toEqual({
    status: 503,
    answer: { ready: false, reasons: [expect.stringMatching(/no space left .* free some space/)] },
  })
  rmSync(site.path('disk/ballast'))
  await eventually(() => expect(site.delivered()).toHaveLength(403))
  await eventually(async () => expect(await asked(engine.url, '/readyz')).toMatchObject({ status: 200 }))
  await eventually(async () =>
    expect(await engine.status()).toMatchObject({
      state: expect.stringMatching(/^(ok|idle)$/),
      sinks: { local: { delivered: 403, backlogEvents: 0 } },
    }),
  )
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  expect(site.delivered().toSorted()).toEqual([...descriptionsOf(3), ...descriptionsOf(400, 4)].toSorted())
  expect((await site.status()).sinks.local).toMatchObject({ delivered: 403, backlogEvents: 0 })
})

it('a delivery that cannot be stored is stored once there is space, and not repeated', async ({ skip }) => {
  await using site = openSite()
  if (!mountDisk(site, 'disk')) skip('not allowed to mount a file system')
  const acme = await startAcme(site)
  const tap = await openTap(site, 503)
  acme.add(recentEvents(3))
  const sinks = { bot: { ...tap.sink, retry: { max_backoff: '1s' }, batch: { max_age: '1s' } } }
  site.configure(configurationOf(acme, { sinks, state: { type: 'embedded', path: './disk' } }))
  const engine = await site.serve()
  await eventually(async () => {
    expect((await engine.status()).sinks.bot?.backlogEvents).toBe(3)
    expect(tap.requests).toBeGreaterThan(1)
  })

  fill(site.path('disk/ballast'))
  tap.status = 200
  await eventually(async () => {
    const { bot } = (await engine.status()).sinks
    // What a slow machine read a poll later waits in a batch of its own.
    expect(tap.taken).not.toEqual([])
    expect(bot?.state).toBe('stuck')
    expect(bot?.reason).toMatch(/disk is full/)
  })
  rmSync(site.path('disk/ballast'))
  await eventually(async () =>
    expect((await engine.status()).sinks.bot).toMatchObject({
      state: 'idle',
      delivered: 3,
      backlogEvents: 0,
    }),
  )
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  expect(tap.taken.toSorted()).toEqual(descriptionsOf(3))
})

it('status shows what is stored by an engine that was killed on a full disk', async ({ skip }) => {
  await using site = openSite()
  if (!mountDisk(site, 'disk')) skip('not allowed to mount a file system')
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { state: { type: 'embedded', path: './disk' } }))
  const engine = await site.serve()
  await eventually(async () => expect((await engine.status()).sinks.local?.delivered).toBe(3))
  fill(site.path('disk/ballast'))
  engine.signal('SIGKILL')
  await engine.ended
  const { sources, sinks } = await site.status()
  expect([sources.acme?.events, sinks.local?.delivered]).toEqual([3, 3])
})

it('a disk that is full from the start: exit 1 with the cure', async ({ skip }) => {
  await using site = openSite()
  if (!mountDisk(site, 'disk')) skip('not allowed to mount a file system')
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { state: { type: 'embedded', path: './disk' } }))
  fill(site.path('disk/ballast'))
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(
    /^auditferry: no space left for the state file .*disk\/auditferry\.db: free some space/,
  )
  expect(code).toBe(1)
  rmSync(site.path('disk/ballast'))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(site.delivered()).toHaveLength(3)
})

async function asked(url: string, path: string): Promise<{ status: number; answer: unknown }> {
  const answer = await fetch(new URL(path, url))
  return { status: answer.status, answer: await answer.json() }
}

/** False if mounting is not allowed: it takes root. */
function mountDisk(site: Site, name: string): boolean {
  mkdirSync(site.path(name))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', site.path(name)], { stdio: 'pipe' })
  } catch {
    return false
  }
  site.defer(() => void execFileSync('umount', ['-l', site.path(name)]))
  return true
}

/** Leaves room for less than a page. */
function fill(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4096))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
