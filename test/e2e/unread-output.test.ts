/** Pipes that nobody reads although they are open: a log driver that hangs, a terminal that was stopped. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import type { Status } from '../../src/ops/status.ts'
import { ownTime } from '../own-time.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

it.concurrent('an engine whose log and printed events nobody reads delivers to the others, answers, and ends', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const sinks = { local: FILE_SINK, printed: { type: 'file', path: '-' } }
  site.configure(configurationOf(acme, { sinks, shutdown_timeout: '2s' }))
  const full = openFullPipe(site)
  const engine = spawn(resolve('src/cli/auditferry.mjs'), ['run'], {
    cwd: site.folder,
    stdio: ['ignore', full, full],
  })
  site.defer(() => void engine.kill('SIGKILL'))
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(3)))
  const { url } = JSON.parse(readFileSync(site.path('data/engine.json'), 'utf8'))
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  engine.kill('SIGTERM')
  const ended = await Promise.race([once(engine, 'close'), ownTime(12_000, 'it did not end')])
  expect(ended).toEqual([0, null])
  const { sinks: states } = await site.status()
  expect(states.printed).toMatchObject({ delivered: 0, backlogEvents: 3 })
})

it.concurrent('a sink whose reader is suspended says so, and prints each event once when it reads again', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const printed = { type: 'file', path: '-', timeout: '1s', retry: { max_backoff: '1s' } }
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, printed }, shutdown_timeout: '2s' }))
  const full = openFullPipe(site)
  const engine = spawn(resolve('src/cli/auditferry.mjs'), ['run'], {
    cwd: site.folder,
    stdio: ['ignore', full, 'ignore'],
  })
  site.defer(() => void engine.kill('SIGKILL'))
  const printedNow = async () => {
    const { url } = JSON.parse(readFileSync(site.path('data/engine.json'), 'utf8'))
    const status = (await (await fetch(`${url}/api/v1/status`)).json()) as Status
    return status.sinks.printed
  }
  await eventually(async () =>
    expect(await printedNow()).toMatchObject({
      state: 'throttled',
      reason: expect.stringMatching(/^standard output: its reader took nothing within 1s/),
    }),
  )
  // Its own file description: Node makes those that it inherits blocking again.
  const reader = openSync(site.path('pipe'), constants.O_RDONLY | constants.O_NONBLOCK)
  site.defer(() => closeSync(reader))
  let text = ''
  await eventually(async () => {
    text += readAll(reader)
    expect(await printedNow()).toMatchObject({ state: 'idle', delivered: 3 })
  })
  engine.kill('SIGTERM')
  expect(await once(engine, 'close')).toEqual([0, null])
  const lines = (text + readAll(reader)).replaceAll('\0', '').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).description).toSorted()).toEqual(descriptionsOf(3))
})

function readAll(pipe: number): string {
  const bytes = Buffer.alloc(1 << 20)
  try {
    return bytes.toString('utf8', 0, readSync(pipe, bytes))
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' })
    return ''
  }
}

/** Open at both ends, and full. */
function openFullPipe(site: Pick<Site, 'path' | 'defer'>): number {
  const path = site.path('pipe')
  execFileSync('mkfifo', [path])
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  site.defer(() => closeSync(pipe))
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(pipe, Buffer.alloc(size))
    } catch (error) {
      expect(error).toMatchObject({ code: 'EAGAIN' })
    }
  }
  return pipe
}
