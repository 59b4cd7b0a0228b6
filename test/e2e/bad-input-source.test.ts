/** What can go wrong at a source: the operator reads where, what and the cure, and nothing is lost once it is fixed. */
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { openSite } from './site.ts'

interface Case {
  readonly name: string
  /** Options of the source while it fails. */
  readonly source?: object
  induce?(acme: PulumiEmulator): void
  readonly says: RegExp
  readonly code: number
  mend?(acme: PulumiEmulator): void
}

const refused: Case[] = [
  {
    name: 'a wrong token',
    source: { access_token: 'pul-0123456789wrong' },
    says: /source acme: .*refuses the access token for "acme" \(HTTP 401: Unauthorized: .*Check access_token/,
    code: 3,
  },
  {
    name: 'an expired token',
    induce: (acme) => acme.fail({ status: 403, body: EXPIRED }),
    says: /source acme: the token may not read the audit log of "acme" .*HTTP 403: Forbidden: the access token has expired.*Give the token the scopes audit_logs:read/,
    code: 3,
  },
  {
    name: 'a plan without audit logs',
    induce: (acme) => acme.set({ plan: false }),
    says: /source acme: "acme" has no audit logs at .*available only to organizations with an Enterprise subscription.*upgrade the organisation/,
    code: 3,
    mend: (acme) => acme.set({ plan: true }),
  },
  {
    name: 'an unknown organisation',
    source: { organization: 'acmee' },
    says: /source acme: .*does not know the organisation "acmee" \(HTTP 404: Not Found.*Check organization/,
    code: 3,
  },
  {
    name: 'an unknown host',
    source: { api_url: 'https://pulumi.invalid' },
    says: /source acme: reading the audit log of "acme" from pulumi\.invalid failed: .*ENOTFOUND.*Check api_url/,
    code: 3,
  },
  {
    name: 'another address that answers with a redirect',
    induce: (acme) => acme.fail({ status: 302, headers: { location: 'https://login.example/?next=x' } }),
    says: /source acme: .*redirects to login\.example \(HTTP 302.*Set api_url to the address of the API/,
    code: 3,
  },
]

it.concurrent.each(refused)(
  '$name: run --once says so and ends with $code; once it is fixed, everything arrives',
  async (it) => {
    await using site = openSite()
    const acme = await startAcme(site)
    acme.add(recentEvents(3))
    site.configure(configurationOf(acme, { source: it.source ?? {} }))
    it.induce?.(acme)
    const { code, stderr } = await site.run(['run', '--once'])
    expect(stderr).toMatch(it.says)
    expect({ code, delivered: site.delivered() }).toEqual({ code: it.code, delivered: [] })
    const { sources } = JSON.parse((await site.run(['status', '--json'])).stdout)
    expect(sources.acme.state).toMatch(/^(paused|throttled|stuck)$/)
    expect(sources.acme.reason).toMatch(/^no engine is running; when it ended: ./)

    it.mend?.(acme)
    acme.add([{ timestamp: Math.floor(Date.now() / 1000), description: 'event 4' }])
    site.configure(configurationOf(acme))
    expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(site.delivered().toSorted()).toEqual(descriptionsOf(4))
  },
)

/** Faults that pass by themselves are retried within the same run. */
const passing: (readonly [string, object, (acme: PulumiEmulator) => void, RegExp])[] = [
  [
    'HTML instead of CSV',
    { api: 'v1' },
    (acme) => acme.fail({ html: true }),
    /poll failed.*the export came as HTML instead of CSV: .*api_url/,
  ],
  [
    'HTML instead of JSON',
    { api: 'v2' },
    (acme) => acme.fail({ html: true }),
    /poll failed.*the list came as HTML instead of JSON: .*Sign in.*api_url/,
  ],
  [
    'a cut gzip',
    { api: 'v1' },
    (acme) => acme.fail({ cut: true }),
    /poll failed.*reading the audit log of .*acme.* failed: its gzip data are cut or damaged/,
  ],
  [
    'a reset connection',
    { api: 'v2' },
    (acme) => acme.fail({ reset: true }),
    /poll failed.*reading the audit log of .*acme.* failed: /,
  ],
  [
    'a server in trouble',
    {},
    (acme) => acme.fail({ status: 503, headers: { 'retry-after': '1' } }),
    /poll failed.*could not answer \(HTTP 503: emulated 503/,
  ],
]

it.concurrent.each(passing)(
  '%s: one warning, and the next try delivers everything',
  async (_, source, induce, says) => {
    await using site = openSite()
    const acme = await startAcme(site)
    acme.add(recentEvents(300))
    induce(acme)
    site.configure(configurationOf(acme, { source }))
    const { code, stderr } = await site.run(['run', '--once'])
    expect(stderr).toMatch(says)
    expect(code).toBe(0)
    expect(site.delivered().toSorted()).toEqual(descriptionsOf(300).toSorted())
  },
)

/** A record between good ones, as one version of the API writes it. */
const unreadable: (readonly [string, 'v1' | 'v2', { csv?: string; json?: string }, string])[] = [
  [
    'a row with a missing quote',
    'v1',
    { csv: '2026-01-01T00:00:00Z,Dana,dana,"Stack Created,x,,,,' },
    'quote',
  ],
  ['a row of second 0', 'v1', { csv: '1970-01-01T00:00:00Z,D,d,Stack Created,x,,,,,,,,' }, 'before 2001'],
  ['an entry of second 0', 'v2', { json: '{"timestamp":0,"event":"stack-created"}' }, 'before 2001'],
  [
    'a row of the year 9999',
    'v1',
    { csv: '9999-01-01T00:00:00Z,Dana,dana,Stack Created,x,,,,,,,,' },
    'year 9998',
  ],
  [
    'a row of a day in the future',
    'v1',
    { csv: '2999-01-01T00:00:00Z,D,d,Stack Created,x,,,,,,,,' },
    'in the future',
  ],
  [
    'an entry of the year 9999',
    'v2',
    { json: '{"timestamp":253370764800,"event":"stack-created"}' },
    'year 9998',
  ],
  ['an entry that is no JSON', 'v2', { json: '{"timestamp":\u0000}' }, 'not valid JSON'],
]

it.concurrent.each(unreadable)(
  '%s is quarantined with its bytes, its neighbours arrive',
  async (_, api, verbatim, why) => {
    await using site = openSite()
    const acme = await startAcme(site)
    const [first, second, third] = recentEvents(3)
    if (!first || !second || !third) throw new Error('three events')
    acme.add([first, { ...second, verbatim }, third])
    site.configure(configurationOf(acme, { source: { api } }))
    const { code, stderr } = await site.run(['run', '--once'])
    expect(stderr).toMatch(new RegExp(`quarantined.*"source":"acme".*"reason":"[^"]*${why}`))
    expect(stderr).toContain('auditferry: source acme: 1 record quarantined\n')
    expect(code).toBe(3)
    expect(site.delivered().toSorted()).toEqual(['event 1', 'event 3'])
    expect(await quarantined(site.path('data'))).toEqual([verbatim.csv ?? verbatim.json])
  },
)

it.concurrent.each(['v1', 'v2'])(
  '%s: a NUL byte and line ends in a text are passed on unchanged',
  async (api) => {
    await using site = openSite()
    const acme = await startAcme(site)
    const descriptions = ['before', 'nul \u0000 byte', 'line\r\nend "quoted", 佐藤 \u{1f600}', 'after']
    const events = recentEvents(descriptions.length)
    acme.add(events.map((event, at) => ({ ...event, description: descriptions[at] ?? '' })))
    site.configure(configurationOf(acme, { source: { api } }))
    expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(site.delivered().toSorted()).toEqual(descriptions.toSorted())
  },
)

it.concurrent('a second that fills a page is a gap: exit 3, named in the status, what was visible is delivered', async () => {
  await using site = openSite()
  const acme = await startAcme(site, { switches: { pageSize: 15, tokens: 'none' } })
  const second = Math.floor(Date.now() / 1000) - 60
  const crowd = Array.from({ length: 40 }, (_, at) => ({ timestamp: second, description: `twin ${at}` }))
  acme.add([{ timestamp: second - 1, description: 'before' }, ...crowd])
  site.configure(configurationOf(acme))
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(
    /a second of the source could not be proven complete.*"source":"acme".*this one second fills a page/,
  )
  expect(stderr).toContain('auditferry: source acme: 1 second could not be proven complete\n')
  expect(code).toBe(3)
  expect((await site.status()).sources.acme?.gaps).toMatchObject([{ second }])
  expect(site.delivered()).toContain('before')
  expect(site.delivered()).toHaveLength(16)
})

const EXPIRED = JSON.stringify({ code: 403, message: 'Forbidden: the access token has expired' })

async function quarantined(folder: string): Promise<string[]> {
  const store = openSqliteStore(folder)
  const records = await store.quarantine('acme', 10)
  await store.close()
  return records.map(({ bytes }) => Buffer.from(bytes).toString())
}
