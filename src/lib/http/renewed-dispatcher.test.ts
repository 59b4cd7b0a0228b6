/** What a connection depends on changes while the program runs: certificates, keys, the proxy's password. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createProxyServer } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createCertificates, type KeyPair } from '../../../test/emulators/splunk-hec/certificates.ts'
import { Secret } from '../secret.ts'
import { type Connection, createHttpClient } from './http.ts'

const opened: (() => unknown)[] = []
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(async () => {
  vi.useRealTimers()
  for (const close of opened.splice(0).reverse()) await close()
})

async function listen<It extends Server>(server: It): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  opened.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Until changes are looked for again. */
const passTime = () => vi.advanceTimersByTime(1_000)

/** A TLS server that answers with the fingerprint of the client's certificate. */
async function start(tls: ServerOptions) {
  const server = createServer(tls, ({ socket }, answer) =>
    answer.end((socket as TLSSocket).getPeerCertificate()?.fingerprint256),
  )
  opened.push(() => server.closeAllConnections())
  return { server, url: `https://127.0.0.1:${await listen(server)}` }
}

function clientWith(connection: Partial<Connection>) {
  const client = createHttpClient({ timeoutMs: 5_000, tls: { insecureSkipVerify: false }, ...connection })
  opened.push(() => client.close())
  const { signal } = new AbortController()
  return async (url: string) => (await client.send({ method: 'GET', url, headers: {}, signal })).body
}

function folderWith(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'renewed-'))
  opened.push(() => rmSync(folder, { recursive: true }))
  const put = (texts: Record<string, string>) => {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  }
  put(files)
  return { put, at: (name: string) => join(folder, name) }
}

const filesOf = ({ cert, key }: KeyPair) => ({ 'client.pem': cert, 'client.key': key })

test('the certificate of another authority is trusted once `ca_file` holds it', async () => {
  const [before, after] = await Promise.all([createCertificates(), createCertificates('Next CA')])
  const { put, at } = folderWith({ 'ca.pem': before.ca.cert })
  const { server, url } = await start(before.server)
  const get = clientWith({ tls: { caFile: at('ca.pem'), insecureSkipVerify: false } })
  await get(url)
  server.setSecureContext(after.server)
  server.closeAllConnections()
  await expect(get(url)).rejects.toThrow()
  put({ 'ca.pem': after.ca.cert })
  passTime()
  expect(await get(url)).toBe('')
})

test('a renewed client certificate is presented, although the old connection is still open; half of one is not', async () => {
  const [{ ca, server: own, client: before }, next] = await Promise.all([
    createCertificates(),
    createCertificates('Next CA'),
  ])
  const { put, at } = folderWith({ 'ca.pem': ca.cert, ...filesOf(before) })
  const { url } = await start({ ...own, ca: [ca.cert, next.ca.cert], requestCert: true })
  const get = clientWith({
    tls: {
      ...{ caFile: at('ca.pem'), certFile: at('client.pem'), keyFile: at('client.key') },
      insecureSkipVerify: false,
    },
  })
  const first = await get(url)
  put({ 'client.pem': next.client.cert })
  passTime()
  expect(await get(url)).toBe(first)
  put({ 'client.key': next.client.key })
  passTime()
  expect(await get(url)).not.toBe(first)
})

test('a file that is away for a moment changes nothing', async () => {
  const { ca, server: own } = await createCertificates()
  const { at } = folderWith({ 'ca.pem': ca.cert })
  const { server, url } = await start(own)
  const get = clientWith({ tls: { caFile: at('ca.pem'), insecureSkipVerify: false } })
  await get(url)
  rmSync(at('ca.pem'))
  passTime()
  server.closeAllConnections()
  expect(await get(url)).toBe('')
  writeFileSync(at('ca.pem'), ca.cert)
})

test('half of the authorities, or none of them yet, changes nothing', async () => {
  const { ca, server: own } = await createCertificates()
  const { put, at } = folderWith({ 'ca.pem': ca.cert })
  const { server, url } = await start(own)
  const get = clientWith({ tls: { caFile: at('ca.pem'), insecureSkipVerify: false } })
  for (const text of ['', ca.cert.slice(0, 300), `${ca.cert}${ca.cert.slice(0, 300)}`]) {
    put({ 'ca.pem': text })
    passTime()
    server.closeAllConnections()
    expect(await get(url)).toBe('')
  }
})

test('a proxy whose password was replaced in its file gets the new one', async () => {
  let password = 'old'
  const seen: (string | undefined)[] = []
  const proxy = createProxyServer((request, answer) => {
    seen.push(request.headers['proxy-authorization'])
    answer.end('by the proxy')
  })
  const port = await listen(proxy)
  const get = clientWith({ proxy: new Secret(() => `http://user:${password}@127.0.0.1:${port}`) })
  await get('http://receiver.example/')
  password = 'new'
  const basic = (text: string) => `Basic ${Buffer.from(`user:${text}`).toString('base64')}`
  passTime()
  await get('http://receiver.example/')
  expect(seen).toEqual([basic('old'), basic('new')])
})

test('half of a proxy’s address, or one that is wrong, changes nothing', async () => {
  const proxy = createProxyServer((_, answer) => answer.end('by the proxy'))
  const whole = `http://user:old@127.0.0.1:${await listen(proxy)}`
  let address = whole
  const get = clientWith({ proxy: new Secret(() => address) })
  for (const wrong of ['http://user:ne', 'http://user:n%w@127.0.0.1', '']) {
    address = wrong
    passTime()
    expect(await get('http://receiver.example/')).toBe('by the proxy')
  }
})
