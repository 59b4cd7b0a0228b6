/** Callers that tie up the server: who never read, who break off, who come while it closes. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import type { EngineApi } from '../../src/engine/engine-api.ts'
import { startServer } from '../../src/server/server.ts'
import { eventOf } from '../formats/sample-events.ts'
import { ownTime } from '../own-time.ts'
import { createFakeEngine } from './fake-engine.ts'
import { createMemoryArchive } from './memory-archive.ts'

async function start(more: Partial<EngineApi> = {}) {
  const archive = createMemoryArchive()
  archive.add(eventOf({ description: 'x'.repeat(1 << 20) }))
  const [one] = (await archive.page({}, { limit: 1 }, new AbortController().signal)).events
  const endless = {
    ...archive,
    async *read() {
      for (;;) yield [one as NonNullable<typeof one>]
    },
  }
  const told: string[] = []
  const logger = {
    debug: (message: string) => told.push(`debug: ${message}`),
    info: () => {},
    warn: (message: string) => told.push(`warn: ${message}`),
    error: (message: string) => told.push(`error: ${message}`),
    child: () => logger,
  }
  const server = await startServer({
    server: { host: '127.0.0.1', port: 0, console: false },
    engine: { ...createFakeEngine(), archives: () => new Map([['archive', endless]]), ...more },
    prometheus: { text: async () => '' },
    logger,
    version: '0.1.0',
  })
  onTestFinished(() => server.close())
  const { port } = new URL(server.url)
  const send = async (text: string): Promise<Socket> => {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.write(text.replace('\n', `\nHost: localhost\n`).replaceAll('\n', '\r\n'))
    return socket
  }
  const get = (path: string) => fetch(server.url + path)
  return { server, send, get, told }
}

it('sends eight files at a time, whoever reads them, and says when to ask for more', async () => {
  const { send, get } = await start()
  const paths = ['/api/v1/events/download?format=csv', '/api/orgs/acme/auditlogs/export?startTime=9999999999']
  const readers: Socket[] = []
  for (let at = 0; at < 8; at++) {
    const reader = await send(`GET ${paths[at % 2]} HTTP/1.1\n\n`)
    readers.push(reader)
    await new Promise((resolve) => reader.once('readable', resolve))
  }
  for (const path of paths) {
    const refused = await get(path)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('10')
    expect(await refused.text()).toContain('8 downloads are under way')
  }
  expect((await get('/api/v1/status')).status).toBe(200)
  readers[0]?.destroy()
  await expect.poll(async () => (await get(paths[0] as string)).status).toBe(200)
})

it('does not call it an error if the caller breaks off', async () => {
  const { send, told } = await start()
  const head =
    'POST /api/v1/login HTTP/1.1\nContent-Type: application/json\nContent-Length: 1000\nExpect: 100-continue\n\n{'
  for (let at = 0; at < 3; at++) {
    const socket = await send(head)
    // It has been read.
    await once(socket, 'data')
    socket.destroy()
  }
  await expect.poll(() => told.length).toBe(3)
  expect(told).toEqual(Array(3).fill('debug: a request was not answered'))
})

it('refuses requests while it closes, and waits for earlier ones', async () => {
  let isOpen = true
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const status = async () => {
    asked.resolve()
    await answered.promise
    if (!isOpen) throw new Error('statement has been finalized')
    return {} as never
  }
  const { server, get, told } = await start({ status })
  const before = get('/api/v1/status')
  await asked.promise
  const closing = server.endStreams()
  setTimeout(answered.resolve, 50)
  await closing
  isOpen = false
  expect((await before).status).toBe(200)
  const after = await get('/api/v1/status')
  expect([after.status, await after.text()]).toEqual([503, expect.stringContaining('shutting down')])
  expect((await get('/healthz')).status).toBe(200)
  expect(told).toEqual([])
})

it('ends a head that comes too slowly after ten seconds, not after most of a minute', async () => {
  const { send } = await start()
  const startedAt = performance.now()
  const socket = await send('GET /healthz HTTP/1.1\n')
  const drip = setInterval(() => socket.write('x: y\r\n'), 1_000)
  onTestFinished(() => clearInterval(drip))
  const ended = await Promise.race([text(socket), ownTime(20_000, 'it was not ended')])
  expect(ended).toMatch(/^HTTP\/1.1 408 .*\{"error":"the request did not come in time"\}/s)
  expect(performance.now() - startedAt).toBeGreaterThan(9_000)
})
