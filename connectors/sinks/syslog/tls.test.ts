import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type Certificates, writeCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import { type SyslogOptions, startSyslogReceiver } from '../../../test/emulators/syslog/receiver.ts'
import { ownTime } from '../../../test/own-time.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { definition } from './index.ts'
import { RECENT_MS } from './window.ts'

let folder = ''
let certificates: Certificates
const disposal: (() => unknown)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'syslog-'))
  certificates = await writeCertificates(folder)
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(async () => {
  for (const end of disposal.splice(0).reverse()) await end()
})

async function start(tls: Partial<NonNullable<SyslogOptions['tls']>> = {}) {
  const receiver = await startSyslogReceiver({ tls: { ...certificates.server, ...tls } })
  disposal.push(() => receiver.stop())
  return receiver
}

function open(options: Readonly<Record<string, unknown>>, now = Date.now) {
  const { sink, format } = openSink(definition, { settle_time: '0.2s', ...options }, now)
  disposal.push(() => sink.close())
  return { sink, batch: batchOf(auditEvents(3), format) }
}

const pem = (name: string) => join(folder, name)

/** What `check` says, and the outcome of a write. */
async function reach(endpoint: string, tls: object) {
  const { sink, batch } = open({ endpoint, tls })
  const check = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
  const [outcome] = await write(sink, batch)
  return { check, outcome }
}

test('octet counting over TLS, with the own CA', async () => {
  const receiver = await start()
  const { check, outcome } = await reach(receiver.endpoint, { ca_file: pem('ca.pem') })
  expect(check).toMatchObject({
    ok: true,
    detail: expect.stringMatching(/TLSv1.3, certificate of localhost/),
  })
  expect(outcome?.kind).toBe('delivered')
  expect(await receiver.uids()).toEqual(auditEvents(3).map(({ uid }) => uid))
})

/** By then what was delivered counts as read, unless a reset says otherwise. */
async function writtenLongAgo() {
  let clock = 1_000_000
  const receiver = await start()
  const { sink, batch } = open({ endpoint: receiver.endpoint, tls: { ca_file: pem('ca.pem') } }, () => clock)
  await write(sink, batch)
  clock += RECENT_MS + 1
  return { receiver, sink, batch }
}

test('a receiver that says close_notify and resets has not read everything: all of it is sent again', async () => {
  const { receiver } = await writtenLongAgo()
  receiver.closeAll()
  await new Promise((resolve) => setImmediate(resolve))
  receiver.resetAll()
  await expect.poll(() => receiver.uids()).toHaveLength(6)
})

test('a receiver that says close_notify and closes has read everything: nothing older is sent again', async () => {
  const { receiver, sink, batch } = await writtenLongAgo()
  receiver.closeAll()
  await expect.poll(() => receiver.open()).toBe(0)
  await write(sink, batch)
  expect(await receiver.uids()).toHaveLength(6)
})

test('a receiver that comes back but is silent does not hold up the end', async () => {
  const receiver = await start()
  const { sink, batch } = open({ endpoint: receiver.endpoint, tls: { ca_file: pem('ca.pem') } })
  await write(sink, batch)
  receiver.resetAll()
  await receiver.stop()
  const dumb = createServer((socket) => void socket.on('error', () => undefined).resume())
  await new Promise<void>((resolve) => dumb.listen(receiver.port, '127.0.0.1', resolve))
  disposal.push(async () => void dumb.close())
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(await Promise.race([sink.close(), ownTime(9_000, 'late')])).toBeUndefined()
})

test('the kernel probes an idle connection (only on Linux)', async () => {
  const receiver = await start()
  const { sink, batch } = open({ endpoint: receiver.endpoint, tls: { ca_file: pem('ca.pem') } })
  await write(sink, batch)
  const port = receiver.port.toString(16).toUpperCase().padStart(4, '0')
  // Columns: number, local, remote, state, queues, timer; timer 02 is keepalive.
  const ours = new RegExp(`0100007F:[0-9A-F]{4} 0100007F:${port} 01 \\S+ (\\d\\d):`)
  expect(ours.exec(await readFile('/proc/net/tcp', 'utf8'))?.[1]).toBe('02')
})

test('nobody listens: retry; an unknown host: pause', async () => {
  const receiver = await start()
  await receiver.stop()
  expect((await reach(receiver.endpoint, {})).outcome).toEqual({
    kind: 'retry',
    reason: expect.stringContaining('ECONNREFUSED'),
  })
  expect((await reach('tls://syslog.invalid', {})).outcome).toMatchObject({ kind: 'pause' })
})

test('a certificate of an unknown CA pauses; verification is off only when configured', async () => {
  const receiver = await start()
  const { check, outcome } = await reach(receiver.endpoint, {})
  expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('tls.ca_file') })
  expect(outcome?.kind).toBe('pause')
  expect(await receiver.uids()).toEqual([])
  expect((await reach(receiver.endpoint, { insecure_skip_verify: true })).outcome?.kind).toBe('delivered')
})

test('while `ca_file` is half written, or missing, the previous content stays in use', async () => {
  const receiver = await start()
  const file = pem('renewed.pem')
  const ca = await readFile(pem('ca.pem'))
  await writeFile(file, ca)
  const { sink, batch } = open({ endpoint: receiver.endpoint, tls: { ca_file: file } })
  expect(await write(sink, batch)).toContainEqual({ kind: 'delivered' })
  for (const replace of [() => writeFile(file, ca.subarray(0, ca.length / 2)), () => rm(file)]) {
    await replace()
    receiver.resetAll()
    await expect.poll(() => write(sink, batch)).toContainEqual({ kind: 'delivered' })
  }
})

test('a certificate that is not for servers pauses', async () => {
  const receiver = await start(certificates.ca)
  const { outcome } = await reach(receiver.endpoint, { ca_file: pem('ca.pem') })
  expect(outcome).toEqual({ kind: 'pause', reason: 'unsuitable certificate purpose' })
})

test('a receiver that speaks no TLS newer than 1.1 pauses, and our certificate is not blamed', async () => {
  const receiver = await start({ maxVersion: 'TLSv1.1' })
  const { check, outcome } = await reach(receiver.endpoint, { ca_file: pem('ca.pem') })
  expect(outcome?.kind).toBe('pause')
  expect(check).toMatchObject({ ok: false, cure: 'let the server speak TLS 1.2 or 1.3' })
})

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'mutual %s: without our certificate it pauses, with it everything works',
  async (maxVersion) => {
    const receiver = await start({ clientCa: certificates.ca.cert, maxVersion })
    const ca = { ca_file: pem('ca.pem') }
    for (const tls of [ca, { ...ca, cert_file: pem('other.pem'), key_file: pem('other.key') }]) {
      const { check, outcome } = await reach(receiver.endpoint, tls)
      expect(outcome?.kind).toMatch(/pause|retry/)
      expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('certificate') })
      expect(check?.detail).not.toMatch(/error:[0-9A-F]{8}|openssl\//)
    }
    expect(await receiver.uids()).toEqual([])
    const ours = { ...ca, cert_file: pem('client.pem'), key_file: pem('client.key') }
    expect((await reach(receiver.endpoint, ours)).outcome?.kind).toBe('delivered')
  },
)

test('a receiver without TLS pauses a tls:// endpoint', async () => {
  const receiver = await startSyslogReceiver()
  disposal.push(() => receiver.stop())
  const { outcome } = await reach(receiver.endpoint.replace('tcp', 'tls'), {})
  expect(outcome?.kind).toMatch(/pause|retry/)
  expect(receiver.messages).toEqual([])
})

test('closing says close_notify (RFC 5425, 4.4)', async () => {
  const receiver = await start({ maxVersion: 'TLSv1.2' })
  const types: number[] = []
  const tap = createServer((socket) => {
    const onward = connect(receiver.port, '127.0.0.1')
    let held = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      // A type, a version of two bytes, a length of two bytes.
      for (; held.length >= 5 && held.length >= 5 + held.readUInt16BE(3); ) {
        types.push(held[0] ?? 0)
        held = held.subarray(5 + held.readUInt16BE(3))
      }
    })
    socket.pipe(onward).pipe(socket)
    for (const it of [socket, onward]) it.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(tap, 'listening')
  disposal.push(() => tap.close())
  const endpoint = `tls://127.0.0.1:${(tap.address() as AddressInfo).port}`
  const { sink, batch } = open({ endpoint, tls: { ca_file: pem('ca.pem') } })
  expect((await write(sink, batch))[0]?.kind).toBe('delivered')
  expect(types.at(-1)).toBe(APPLICATION_DATA)
  await sink.close()
  expect(types.at(-1)).toBe(ALERT)
})

const ALERT = 21
const APPLICATION_DATA = 23

test.each([
  ['tcp://127.0.0.1', 'user:p%40ss@', 'delivered', ''],
  ['tls://127.0.0.1', 'user:p%40ss@', 'delivered', ''],
  // A name that is not in the certificate.
  ['tls://other.example', 'user:p%40ss@', 'pause', 'altnames'],
  ['tcp://127.0.0.1', '', 'pause', 'asks for credentials (HTTP 407): check user and password in `proxy`'],
])('%s through a proxy with %j: %s', async (place, login, kind, reason) => {
  const receiver = place.startsWith('tls') ? await start() : await startSyslogReceiver()
  if (place.startsWith('tcp')) disposal.push(() => receiver.stop())
  const sockets: Socket[] = []
  const proxy = createHttpServer().listen(0, '127.0.0.1')
  proxy.on('connect', ({ url, headers }, socket: Socket) => {
    const knows = headers['proxy-authorization'] === `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    if (!knows) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const onward = connect(Number(new URL(`tcp://${url}`).port), '127.0.0.1')
    sockets.push(socket, onward)
    for (const it of [socket, onward]) it.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(onward).pipe(socket)
  })
  await once(proxy, 'listening')
  disposal.push(() => {
    for (const it of sockets) it.destroy()
    proxy.close()
  })
  const address = `http://${login}127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const { sink, batch } = open({
    endpoint: `${place}:${receiver.port}`,
    proxy: address,
    tls: { ca_file: pem('ca.pem') },
  })
  const [outcome] = await write(sink, batch)
  expect(outcome).toEqual(kind === 'delivered' ? { kind } : { kind, reason: expect.stringContaining(reason) })
  expect(await receiver.uids()).toHaveLength(kind === 'delivered' ? 3 : 0)
})
