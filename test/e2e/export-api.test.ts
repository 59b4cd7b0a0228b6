/** The export API of a running engine: the documented command, and another engine that polls it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { csvHeader, csvRow } from '../emulators/pulumi/encode.ts'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import { defaultSwitches } from '../emulators/pulumi/switches.ts'
import { HOSTILE_TEXTS } from '../formats/sample-events.ts'
import { configurationOf, FILE_SINK, startAcme } from './acme.ts'
import { eventually, openSite, type Served, type Site } from './site.ts'

const TOKEN = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** As Pulumi Cloud's guide prints it ("Exporting Audit Logs through the API"). */
const GUIDE = `curl \\
    -H 'Accept: application/vnd.pulumi+4' \\
    -H 'Authorization: token abcdefghijklmnopqrstuvwxyz' \\
    -H 'Content-Type: application/csv' \\
    --compressed \\
    'https://api.pulumi.com/api/orgs/\${org}/auditlogs/export?startTime=\${startTime}'`

/** Twins, crowded seconds, agents, tokens, flags, odd ids and odd texts, all older than a minute. */
function oddHistory(): NewEvent[] {
  const start = Math.floor(Date.now() / 1000) - 3_000
  const twins = Array.from({ length: 3 }, () => ({ timestamp: start, description: 'twin' }))
  const texts = HOSTILE_TEXTS.filter((text) => text.isWellFormed())
  const odd = texts.map((description, at) => ({
    timestamp: start + 10 + (at % 4),
    description,
    tokenID: `t-${at}`,
    tokenName: at % 2 === 0 ? 'ci, "deploy"' : '',
    reqOrgAdmin: at % 2 === 0,
    reqStackAdmin: at % 3 === 0,
    authFailure: at % 5 === 0,
  }))
  const crowd = Array.from({ length: 700 }, (_, at) => ({
    timestamp: start + 100 + Math.floor(at / 350),
    description: `crowd ${at}`,
  }))
  const agents = ['agent-task-created', 'quantum-stack-entangled', 'user-login'].map((event, at) => ({
    timestamp: start + 200 + at,
    event,
    description: event,
    sourceIP: '',
    user: { name: '', githubLogin: '', avatarUrl: '' },
    actorName: 'deploy-agent',
    actorUrn: 'urn:pulumi:agent:7',
  }))
  return [
    ...twins,
    ...odd,
    ...crowd,
    ...crowd.map((it) => ({ ...it, timestamp: it.timestamp + 1 })),
    ...agents,
  ]
}

/** An engine whose archive holds all that the emulator shows. */
async function serveArchive(site: Site, acme: PulumiEmulator): Promise<Served> {
  site.configure(
    configurationOf(acme, {
      source: { start: 'beginning' },
      sinks: { archive: { type: 'archive', path: './archive.db' } },
      server: { listen: '127.0.0.1:0', admin_token: TOKEN },
    }),
  )
  const engine = await site.serve()
  const count = [...acme.events()].length
  await eventually(async () => expect((await archived(engine)).length).toBe(count))
  return engine
}

async function archived(engine: Served): Promise<AuditEvent[]> {
  const answer = await fetch(`${engine.url}/api/v1/events/download?format=ndjson`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  return linesOf(await answer.text())
}

function linesOf(text: string): AuditEvent[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AuditEvent)
}

it.concurrent('the documented command, with another host, organisation and token, prints the CSV', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(oddHistory())
  const engine = await serveArchive(site, acme)
  const print = async (command: string) => {
    const ours = command
      .replace('https://api.pulumi.com', engine.url)
      .replace('abcdefghijklmnopqrstuvwxyz', TOKEN)
      .replace(/\$\{org\}/, acme.organization)
      .replace(/\$\{startTime\}/, `${Math.floor(Date.now() / 1000)}`)
    return (await promisify(execFile)('sh', ['-c', ours], { maxBuffer: 1 << 28 })).stdout
  }
  const printed = await print(GUIDE)
  const original = [...acme.events()].map((event) =>
    csvRow(event, csvHeader(defaultSwitches).trim().split(','), defaultSwitches),
  )
  expect(printed.startsWith(csvHeader(defaultSwitches))).toBe(true)
  // The order within a second is undefined; the texts contain line ends, so they are compared as a whole.
  expect(printed).toHaveLength((csvHeader(defaultSwitches) + original.join('')).length)
  expect(original.filter((row) => !printed.includes(row))).toEqual([])
  expect(await print(GUIDE.replace('--compressed', ''))).toBe(printed)
  expect(await print(GUIDE.replace('token abc', 'token xabc'))).toMatch(/^\{"code":401,"message":".*"\}\n$/)
  expect(await print(GUIDE.replace('startTime}', 'startTime}&userFilter=nobody'))).toBe(
    '{"code":404,"message":"user not found"}\n',
  )
})

it.concurrent('other engines that poll it, by v1, v2 and whichever there is, find every event', async () => {
  await using first = openSite()
  const acme = await startAcme(first)
  acme.add(oddHistory())
  const engine = await serveArchive(first, acme)
  const through = { url: engine.url, token: TOKEN, organization: acme.organization }
  const uidsOf = (events: readonly AuditEvent[]) => events.map(({ uid }) => uid).sort()
  const expected = uidsOf(await archived(engine))
  for (const api of ['v1', 'v2', 'auto']) {
    await using second = openSite()
    const source = { api, start: 'beginning' }
    second.configure(configurationOf(through, { source, sinks: { local: FILE_SINK } }))
    const { code, stderr } = await second.run(['run', '--once'])
    expect([api, code, stderr]).toEqual([api, 0, expect.not.stringContaining('"level":"error"')])
    expect(uidsOf(second.lines('out.ndjson').map((line) => JSON.parse(line)))).toEqual(expected)
    expect(await second.status()).toMatchObject({ sources: { acme: { gaps: [], quarantined: 0 } } })
  }
})
