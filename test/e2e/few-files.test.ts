/** A process that may open only few files, as some containers and service managers limit it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite } from './site.ts'
import { openTap } from './tap.ts'

it.concurrent('more sinks than may be open: the reason names the limit, the others deliver, nothing is lost', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const names = Array.from({ length: 40 }, (_, at) => `out${at}`)
  const files = names.map((name) => [name, { type: 'file', path: `./${name}.ndjson` }])
  const tap = await openTap(site)
  const sinks = { ...Object.fromEntries(files), bot: { ...tap.sink, retry: { max_backoff: '1s' } } }
  site.configure(configurationOf(acme, { sinks, shutdown_timeout: '3s' }))
  const engine = spawn('sh', ['-c', 'ulimit -n 48; exec "$0" run', resolve('src/cli/auditferry.mjs')], {
    cwd: site.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  site.defer(() => void engine.kill('SIGKILL'))
  let log = ''
  engine.stderr.setEncoding('utf8').on('data', (text) => {
    log += text
  })
  await eventually(() =>
    expect(log).toMatch(
      /"sink retries","sink":"out\d+","reason":"[^"]*too many open files[^"]*this process may open no more files: raise its limit \(ulimit -n\)"/,
    ),
  )
  await eventually(() =>
    expect(names.some((name) => site.delivered(`${name}.ndjson`).length === 3)).toBe(true),
  )
  engine.kill('SIGTERM')
  expect(await once(engine, 'close')).toEqual([0, null])
  expect(log).not.toContain('    at ')
  expect(log).not.toContain('undefined')
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  // What was written at the stop, but not answered within the half second that a sink in trouble gets, arrives twice.
  const unique = (descriptions: readonly string[]) => [...new Set(descriptions)].toSorted()
  for (const name of names)
    expect([name, unique(site.delivered(`${name}.ndjson`))]).toEqual([name, descriptionsOf(3)])
  expect(unique(tap.taken)).toEqual(descriptionsOf(3))
})
