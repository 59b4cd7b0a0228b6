/** A sink from a package that never ends, and holds nothing open that would keep the process alive. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { openSite } from './site.ts'

const CODE = `export const definition = ({ defineSink, z }) => defineSink({
  type: 'x', title: 'x', summary: 'x', config: z.strictObject({}), formats: ['native'],
  limits: () => ({ defaults: { maxEvents: 10, maxBytes: 1e6, maxAgeMs: 1, inFlight: 1, timeoutMs: 1000 } }),
  create: () => ({
    write: async ({ events }) => events.map(() => ({ kind: 'delivered' })),
    close: () => new Promise(() => {}),
  }),
})`

it('does not keep `run --once` from closing its state', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const folder = site.path('node_modules/hangs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: 'hangs', type: 'module', main: 'index.js' }))
  writeFileSync(`${folder}/index.js`, CODE)
  site.configure(configurationOf(acme, { sinks: { ours: { type: 'npm:hangs' } }, shutdown_timeout: '2s' }))
  const { code, stderr } = await site.run(['run', '--once'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('"stopped"') })
  expect((await site.status()).sinks.ours).toMatchObject({ state: 'idle', delivered: 3 })
})
