/**
 * A secret appears nowhere but where it is sent: every kind of secret is planted, everything that can go wrong goes
 * wrong, at log level debug, and every byte that the program leaves or answers is searched.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startS3Emulator } from '../emulators/s3/emulator.ts'
import { startHecEmulator } from '../emulators/splunk-hec/hec.ts'
import { listen } from '../loopback.ts'
import { configurationOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

const SECRETS = {
  accessToken: 'pul-0123456789canaryaccesstoken01',
  hecToken: 'canaryhec-1111-2222-3333-444455556666',
  signingKey: 'Y2FuYXJ5c2lnbmluZ2tleWNhbmFyeXNpZ25pbmdrZXk=',
  bearer: 'canary.bearer/token~07',
  headerValue: 'canary-header-value-08',
  s3Secret: 'canaryS3secret/key+02',
  adminToken: 'canary-admin-token-03',
  proxyPassword: 'canaryproxypassword04',
  logToken: 'canarylog-1111-2222-3333-444455556666',
  hashKey: 'canary-hash-key-06',
}

it('no secret is in logs, answers, metrics, dead letters, the state folder or the process list', async () => {
  await using site = openSite()
  const acme = await startAcme(site, { token: SECRETS.accessToken })
  const hec = site.keep(await startHecEmulator({ token: SECRETS.hecToken }))
  const s3 = site.keep(await startS3Emulator({ key: { id: 'AKIDCANARY', secret: SECRETS.s3Secret } }))
  const echo = await openEcho(site)
  acme.add(recentEvents(5))
  acme.add([
    {
      ...recentEvents(1)[0],
      timestamp: recentEvents(1)[0]?.timestamp ?? 0,
      verbatim: { json: '{"no":"record"}' },
    },
  ])
  const batch = { max_age: '1s' }
  const retry = { max_backoff: '1s' }
  site.configure(
    configurationOf(acme, {
      source: { access_token: `\${CANARY_ACCESS_TOKEN}` },
      sinks: {
        soc: { type: 'splunk_hec', endpoint: hec.url, token: `\${CANARY_HEC_TOKEN}`, batch, retry },
        archive: {
          type: 's3',
          ...s3.options,
          secret_access_key: SECRETS.s3Secret,
          batch,
          retry,
        },
        refused: webhook(`${echo}/400`, retry),
        denied: webhook(`${echo}/401`, retry),
        busy: webhook(`${echo}/503`, retry),
        proxied: {
          ...webhook('https://hooks.invalid/', retry),
          proxy: `http://user:${SECRETS.proxyPassword}@${new URL(echo).host}`,
        },
        local: { ...FILE_SINK, redact: [{ field: 'actor.login', with: 'hash', key: SECRETS.hashKey }] },
      },
      server: { listen: '127.0.0.1:0', admin_token: SECRETS.adminToken },
      log: { level: 'debug', splunk: { endpoint: echo, token: SECRETS.logToken } },
    }),
  )
  const env = { CANARY_ACCESS_TOKEN: SECRETS.accessToken, CANARY_HEC_TOKEN: SECRETS.hecToken }
  hec.fail({ status: 403, body: `{"text":"Invalid token ${SECRETS.hecToken}","code":4}` }, 1)
  hec.fail({ status: 503 }, 1)
  s3.fail({ status: 403 }, 1)
  acme.fail({
    status: 429,
    headers: { 'retry-after': '1' },
    body: `{"message":"slow down, ${SECRETS.accessToken}"}`,
  })
  acme.fail({ cut: true })
  acme.fail({ status: 500, headers: { 'retry-after': '1' }, body: `token ${SECRETS.accessToken}` })

  const engine = await site.serve({ env })
  const authorization = { authorization: `Bearer ${SECRETS.adminToken}` }
  const get = async (path: string) => (await fetch(engine.url + path, { headers: authorization })).text()
  // By now every failure has been seen, and whatever works has worked.
  await eventually(async () => {
    const { sources, sinks } = JSON.parse(await get('/api/v1/status'))
    expect(sources.acme).toMatchObject({ events: 5, quarantined: 1 })
    expect(sinks).toMatchObject({
      soc: { delivered: 5, lastError: expect.stringContaining('503') },
      archive: { delivered: 5, lastError: expect.stringContaining('403') },
      refused: { deadLettered: 5 },
      denied: { state: 'paused' },
      busy: { state: 'throttled' },
      proxied: { reason: expect.stringMatching(/./) },
    })
  })

  const commands = ['status --json', 'dead-letters list', 'check --send', 'validate', 'check nobody']
  const printed = await Promise.all(commands.map((command) => site.run(command.split(' '), { env })))
  const args = readFileSync(`/proc/${engine.pid}/cmdline`, 'utf8')
  const refused = await (
    await fetch(`${engine.url}/api/v1/status`, { headers: { authorization: 'Bearer x' } })
  ).text()
  const answers = await Promise.all(
    ['/', '/healthz', '/readyz', '/metrics', '/api/v1/status', '/api/v1/dead-letters'].map(get),
  )
  const inUse = stateFiles(site)
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })

  const places: Record<string, string> = {
    stdout: engine.stdout(),
    stderr: engine.stderr(),
    args,
    refused,
    answers: answers.join('\n'),
    commands: printed.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
    stateInUse: inUse,
    stateAtRest: stateFiles(site),
    file: site.lines('out.ndjson').join('\n'),
  }
  expect(places.stderr).toContain('cannot take this')
  expect(places.answers).toContain('cannot take this')
  expect(places.stateAtRest).toContain('cannot take this')
  for (const [place, text] of Object.entries(places)) {
    for (const [name, secret] of Object.entries(SECRETS)) {
      const forms = [
        secret,
        Buffer.from(secret).toString('base64'),
        encodeURIComponent(secret),
        Buffer.from(`user:${secret}`).toString('base64'),
      ]
      expect({ place, name, found: forms.some((form) => text.includes(form)) }).toEqual({
        place,
        name,
        found: false,
      })
    }
  }
})

function webhook(endpoint: string, retry: object) {
  return {
    type: 'webhook',
    endpoint,
    secret: `whsec_${SECRETS.signingKey}`,
    auth: { type: 'bearer', token: SECRETS.bearer },
    headers: { 'X-Key': SECRETS.headerValue },
    retry,
  }
}

/** Answers with the status in the path, and quotes the request's headers, as some receivers do. */
async function openEcho(site: Site): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const status = Number(request.url?.slice(1)) || 403
      response.writeHead(status).end(`cannot take this: ${JSON.stringify(request.headers)}`)
    })
  })
  server.on('connect', (request, socket) => {
    const body = `cannot take this: ${JSON.stringify(request.headers)}`
    socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  })
  const port = await listen(server)
  site.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port}`
}

/** Every byte of the state folder. */
function stateFiles(site: Site): string {
  const folder = site.path('data')
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}
