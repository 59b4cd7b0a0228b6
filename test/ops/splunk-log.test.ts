import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { createLogger } from '../../src/ops/logger.ts'
import { createSplunkLog } from '../../src/ops/splunk-log.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { listen } from '../loopback.ts'
import { ownTime } from '../own-time.ts'

const TOKEN = '12345678-90ab-cdef-1234-567890abcdef'
const stops: (() => unknown)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

test('the own log arrives as HEC events over verified TLS', async () => {
  const hec = await startHec()
  const stderr = new PassThrough()
  const logger = createLogger(
    { level: 'info', format: 'json', splunk: { ...hec.config, caFile: hec.caFile } },
    { stream: stderr },
  )
  logger.child({ component: 'soc' }).warn('lane paused', { status: 401, secret: 'hunter2' })
  logger.info('second')
  await logger.close()
  stderr.end()

  expect(hec.requests.every(({ path }) => path === '/services/collector/event/1.0')).toBe(true)
  expect(hec.requests[0]?.authorization).toBe(`Splunk ${TOKEN}`)
  const events = hec.events()
  expect(events.map((it) => it.event)).toEqual([
    { level: 'warn', message: 'lane paused', component: 'soc', status: 401, secret: '[redacted]' },
    { level: 'info', message: 'second' },
  ])
  expect(events[0]).toMatchObject({ source: 'auditferry', sourcetype: 'auditferry:log' })
  expect(Math.abs(Number(events[0]?.time) * 1000 - Date.now())).toBeLessThan(60_000)
  const lines = (await text(stderr)).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['lane paused', 'second'])
})

test('a certificate of another authority is refused, reported once, and nothing is sent', async () => {
  const hec = await startHec()
  const other = await certificate()
  const stderr = new PassThrough()
  const logger = createLogger(
    { level: 'info', format: 'json', splunk: { ...hec.config, caFile: other.caFile } },
    { stream: stderr },
  )
  for (let i = 0; i < 20; i++) logger.info(`entry ${i}`)
  await logger.close()
  stderr.end()
  const lines = (await text(stderr))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(hec.requests).toEqual([])
  const reports = lines.filter(({ message }) => message.startsWith('own log does not reach Splunk'))
  expect(reports).toHaveLength(1)
  expect(reports[0]).toMatchObject({
    level: 'warn',
    reason: expect.stringMatching(/self-signed|certificate/),
  })
  expect(lines).toHaveLength(21)
})

test('without a CA file a self-signed certificate is refused too', async () => {
  const hec = await startHec()
  const reports: string[] = []
  const log = createSplunkLog(hec.config, { report: (_level, message) => reports.push(message) })
  log.write({ level: 'info', message: 'x' })
  await new Promise<void>((resolve) => log.end(resolve))
  expect(hec.requests).toEqual([])
  expect(reports).toHaveLength(1)
})

test('a 503 is retried, and the recovery is reported with what was dropped meanwhile', async () => {
  const hec = await startHec()
  const reports: [string, object][] = []
  hec.answer = { status: 503, body: '{"text":"Server is busy","code":9}' }
  const log = createSplunkLog(
    { ...hec.config, caFile: hec.caFile },
    { report: (_level, message, fields) => reports.push([message, fields]), queueLimit: 3, firstRetryMs: 10 },
  )
  for (let i = 0; i < 5; i++) log.write({ level: 'info', message: `entry ${i}` })
  await expect.poll(() => hec.requests.length).toBeGreaterThan(2)
  hec.answer = undefined
  await expect.poll(() => hec.events()).toHaveLength(3)
  await new Promise<void>((resolve) => log.end(resolve))
  expect(hec.events().map(({ event }) => event.message)).toEqual(['entry 2', 'entry 3', 'entry 4'])
  expect(reports.map(([message]) => message)).toEqual([
    'own log does not reach Splunk; it is complete on stderr',
    'own log reaches Splunk again',
  ])
  expect(reports[0]?.[1]).toEqual({ reason: 'HTTP 503: Server is busy' })
  expect(reports[1]?.[1]).toEqual({ dropped: 2 })
})

test('a server that never answers does not hold up the end', async () => {
  const hec = await startHec()
  hec.answer = 'hang'
  const reports: object[] = []
  const log = createSplunkLog(
    { ...hec.config, caFile: hec.caFile },
    { report: (_level, _message, fields) => reports.push(fields), timeoutMs: 200 },
  )
  log.write({ level: 'info', message: 'x' })
  await new Promise<void>((resolve) => log.end(resolve))
  expect(reports).toHaveLength(1)
})

test('what a server leaves unanswered is broken off when the time to close is over', async () => {
  const hec = await startHec()
  hec.answer = 'hang'
  const stderr = new PassThrough()
  const splunk = { ...hec.config, caFile: hec.caFile }
  const logger = createLogger({ level: 'info', format: 'json', splunk }, { stream: stderr })
  logger.info('x')
  await expect.poll(() => hec.requests).toHaveLength(1)
  const closed = logger.close(100).then(() => 'closed')
  expect(await Promise.race([closed, ownTime(3_000, 'it waits for the answer')])).toBe('closed')
  // The request would keep the process alive.
  await expect.poll(() => hec.connections()).toBe(0)
})

test('an unreadable CA file is named', () => {
  const splunk = {
    endpoint: 'https://127.0.0.1:1',
    token: new Secret(TOKEN),
    caFile: '/nowhere/ca.pem',
    insecureSkipVerify: false,
  }
  expect(() =>
    createLogger({ level: 'info', format: 'json', splunk }, { stream: new PassThrough() }),
  ).toThrow(/log\.splunk: .*\/nowhere\/ca\.pem/)
})

interface HecEvent {
  time: string
  source: string
  sourcetype: string
  event: { message: string }
}

async function startHec() {
  const { key, cert, caFile } = await certificate()
  const requests: { path: string; authorization: string; body: string; accepted: boolean }[] = []
  const hec = {
    caFile,
    requests,
    connections: async () => 0,
    answer: undefined as 'hang' | { status: number; body: string } | undefined,
    events: () =>
      requests
        .filter(({ accepted }) => accepted)
        .flatMap(({ body }): HecEvent[] => JSON.parse(`[${body.replaceAll('}{', '},{')}]`)),
    config: { endpoint: '', token: new Secret(TOKEN), insecureSkipVerify: false },
  }
  const server = createServer({ key, cert }, async (request, response) => {
    const body = await text(request)
    const { url = '', headers } = request
    const accepted = hec.answer === undefined
    requests.push({ path: url, authorization: headers.authorization ?? '', body, accepted })
    if (hec.answer === 'hang') return
    const { status, body: answer } = hec.answer ?? { status: 200, body: '{"text":"Success","code":0}' }
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer)
  })
  hec.connections = promisify(server.getConnections.bind(server))
  const port = await listen(server)
  hec.config.endpoint = `https://127.0.0.1:${port}`
  stops.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return hec
}

async function certificate() {
  const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const folder = tempFolder()
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, pems.cert)
  return { key: pems.private, cert: pems.cert, caFile }
}
