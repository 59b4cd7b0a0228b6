/**
 * A sink from a package that never finishes, or throws where nobody waits for it: neither ends or holds up the engine.
 * One that exits is named. What one prints is kept out of standard output.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { openSite, type Site } from './site.ts'

const codeOf = (members: string, before: string) => `import { connect } from 'node:net'
${before}
export const definition = ({ defineSink, z }) => defineSink({
  type: 'x', title: 'x', summary: 'x', config: z.strictObject({}), formats: ['native'],
  limits: () => ({ defaults: { maxEvents: 10, maxBytes: 1e6, maxAgeMs: 1, inFlight: 1, timeoutMs: 1000 } }),
  create: () => ({ ${members} }),
})`
const WRITES = "write: async ({ events }) => events.map(() => ({ kind: 'delivered' }))"
const HANGS = '() => new Promise(() => {})'

async function runOnce(site: Site, members: string, before = '') {
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  const folder = site.path('node_modules/hangs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: 'hangs', type: 'module', main: 'index.js' }))
  writeFileSync(`${folder}/index.js`, codeOf(members, before))
  const ours = { type: 'npm:hangs', timeout: '0.1s' }
  site.configure(configurationOf(acme, { sinks: { ours }, shutdown_timeout: '2s' }))
  return site.run(['run', '--once'])
}

it('does not keep `run --once` from closing its state', async () => {
  await using site = openSite()
  const { code, stderr } = await runOnce(site, `${WRITES}, close: ${HANGS}`)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('"stopped"') })
  expect((await site.status()).sinks.ours).toMatchObject({ state: 'idle', delivered: 3 })
})

it('ends `run --once` with what it was not seen to take', async () => {
  await using site = openSite()
  const { code, stderr } = await runOnce(site, `write: ${HANGS}`)
  expect(stderr).toContain('sink ours: 3 events undelivered (the package hangs did not settle `write`')
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('"stopped"') })
})

const UNHEARD = 'the package hangs threw outside of its promises: connect ECONNREFUSED'

it('outlives an error that no promise of a write carries, and sends its batch again', async () => {
  await using site = openSite()
  const { code, stderr } = await runOnce(
    site,
    "write: () => { connect(1, '127.0.0.1'); return new Promise(() => {}) }",
  )
  expect(stderr).toContain(`sink ours: 3 events undelivered (${UNHEARD}`)
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('"stopped"') })
})

it('outlives an error outside of every write, and names the sink', async () => {
  await using site = openSite()
  const { code, stderr } = await runOnce(site, `${WRITES}, tick: setTimeout(() => { throw null })`)
  expect(stderr).toMatch(/"the sink threw outside of its promises","sink":"ours".*"reason":"null"/)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('"stopped"') })
})

it('ends with the name of a package that throws while it is loaded', async () => {
  await using site = openSite()
  const { code, stderr } = await runOnce(site, WRITES, 'setTimeout(() => { throw new Error("no key") })')
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('auditferry: the package hangs threw outside of its promises: no key'),
  })
})

it.each([0, 7])('names a package that ends the process with %i, and fails', async (own) => {
  await using site = openSite()
  const { code, stderr } = await runOnce(site, `write: async () => process.exit(${own})`)
  expect({ code, stderr }).toEqual({
    code: own || 1,
    stderr: expect.stringContaining('auditferry: the package hangs ended the process: it may not call'),
  })
})

it('leaves standard output to auditferry', async () => {
  await using site = openSite()
  const prints = WRITES.replace('({ kind', "console.log('written') ?? ({ kind")
  const before =
    "import own, { log } from 'node:console'; own.log('imported'); log('named'); console.log('loaded')"
  const { stdout, stderr } = await runOnce(site, prints, before)
  expect({ stdout, stderr }).toEqual({
    stdout: '',
    stderr: expect.stringContaining('imported\nnamed\nloaded\n'),
  })
  expect(stderr).toContain('written\n')
})
