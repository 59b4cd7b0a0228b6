/**
 * What a sink redacts is missing from everything that is kept or told about that sink: dead letters, their reasons and
 * answers, status, metrics and logs; also if a receiver quotes what it got, and if a rule fails on that very value.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { listen } from '../loopback.ts'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

const HIDDEN = ['canary-login', 'canary@mail.example', '198.51.100.77', 'canary-urn']
const WHERE = 'action != "user-login" || raw[actor.login] == "x"'

it('a redacted field is nowhere, and every event that a rule kept away is counted by it', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const [login, first, twin, noisy] = recentEvents(4).map((event) => ({
    ...event,
    user: { name: 'D', githubLogin: 'canary-login', avatarUrl: '', email: 'canary@mail.example' },
    sourceIP: '198.51.100.77',
    actorUrn: 'canary-urn',
  }))
  if (!login || !first || !twin || !noisy) throw new Error('four events')
  acme.add([
    { ...login, event: 'user-login' },
    { ...first, description: 'the same' },
    { ...twin, description: 'the same' },
    { ...noisy, event: 'secret-decrypted' },
  ])
  const bot = {
    type: 'webhook',
    endpoint: await openEcho(site),
    enrich: { fields: { env: 'prod' } },
    where: WHERE,
    sample: [{ where: 'action == "secret-decrypted"', keep: 1, of: 1_000_000_000 }],
    dedupe_window: '10m',
    redact: [
      { field: 'actor.login', with: 'hash', key: 'k' },
      { field: 'actor.email', with: 'drop' },
      { field: 'actor.urn', with: 'drop' },
      { field: 'sourceIp', with: 'mask', prefix: { v4: 16 } },
    ],
  }
  site.configure(configurationOf(acme, { sinks: { bot }, log: { level: 'debug' } }))
  const engine = await site.serve()
  await eventually(async () => {
    const { sinks } = await engine.status()
    expect(sinks.bot).toMatchObject({ delivered: 0, filtered: 2, deadLettered: 2 })
  })

  const get = async (path: string) => (await fetch(engine.url + path)).text()
  const metrics = await get('/metrics')
  for (const rule of ['sample', 'dedupe_window']) {
    expect(metrics).toMatch(new RegExp(`auditferry_events_filtered_total{[^}]*rule="${rule}"[^}]*} 1\\b`))
  }
  const list = await site.run(['dead-letters', 'list', '--json'])
  const letters: Letter[] = JSON.parse(list.stdout).deadLetters
  expect(letters.map(({ reason }) => reason).toSorted()).toEqual([
    expect.stringMatching(/^HTTP 400/),
    `where: ${WHERE}: No such key: [redacted]`,
  ])
  const refused = letters.find(({ answer }) => answer !== '')
  expect(refused?.answer).toContain('"sourceIp":"198.51.0.0"')
  for (const { event } of letters) expect(event.enrichment).toEqual({ fields: { env: 'prod' } })

  const commands = [['status'], ['dead-letters', 'show', refused?.id ?? ''], ['dead-letters', 'list']]
  const printed: string[] = []
  for (const command of commands) printed.push((await site.run(command)).stdout)
  const api = await Promise.all(['/api/v1/status', '/api/v1/dead-letters'].map(get))
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  const told = {
    metrics,
    list: list.stdout,
    printed: printed.join(''),
    api: api.join(''),
    log: engine.stderr(),
  }
  expect(told.log).toContain('event dead-lettered')
  for (const [place, all] of Object.entries(told)) {
    expect({ place, found: HIDDEN.filter((value) => all.includes(value)) }).toEqual({ place, found: [] })
  }
})

interface Letter {
  readonly id: string
  readonly reason: string
  readonly answer: string
  readonly event: { readonly enrichment?: unknown }
}

/** Refuses everything, and quotes it. */
async function openEcho(site: Site): Promise<string> {
  const server = createServer(async (request, response) => {
    response.writeHead(400).end(`cannot take this: ${await text(request)}`)
  })
  const port = await listen(server)
  site.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port}`
}
