/** TLS to a single Redis and to a Cluster, by each option that asks for it, and what is reported when it fails. */
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { RedisAddress } from '../../src/config/config.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { connectRedis } from '../../src/spool/redis/connect.ts'
import { writeCertificates } from '../emulators/splunk-hec/certificates.ts'
import { makeFolder } from '../engine/temp-folder.ts'
import { freePort } from '../loopback.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type RedisServer, startRedis } from '../redis/server.ts'

const patience = { timeout: PATIENCE_MS }
const folder = makeFolder()
const file = (name: string) => join(folder, name)

let port: number
let options: string[]
let alone: RedisServer
beforeAll(async () => {
  const { server } = await writeCertificates(folder)
  await writeFile(file('server.pem'), server.cert)
  await writeFile(file('server.key'), server.key)
  port = await freePort()
  options = ['--tls-cert-file', file('server.pem'), '--tls-key-file', file('server.key')]
  options.push('--tls-ca-cert-file', file('ca.pem'))
  alone = await startRedis(['--tls-port', String(port), ...options])
})
afterAll(async () => {
  await alone.stop()
  rmSync(folder, { recursive: true, force: true })
})

function connect(address: RedisAddress) {
  const connection = connectRedis(address, ['test:probe'], silentLogger)
  onTestFinished(() => connection.client.disconnect())
  return connection
}

const tls = () => ({
  caFile: file('ca.pem'),
  certFile: file('client.pem'),
  keyFile: file('client.key'),
  insecureSkipVerify: false,
})
const url = (scheme: string) => new Secret(`${scheme}://127.0.0.1:${port}`)

it.each(['redis', 'rediss'])('a CA and a certificate mean TLS, also with %s://', async (scheme) => {
  const { client, ready } = connect({ url: url(scheme), tls: tls() })
  await ready(AbortSignal.timeout(patience.timeout))
  expect(await client.set('test:tls', 'kept')).toBe('OK')
})

it('a missing client certificate is reported', async () => {
  const { trouble } = connect({
    url: url('rediss'),
    tls: { ...tls(), certFile: undefined, keyFile: undefined } as never,
  })
  await expect.poll(trouble, patience).toMatch(/does not answer in TLS.*set `state\.tls\.cert_file`/)
})

it('a client certificate that the server does not trust is reported', async () => {
  const other = { ...tls(), certFile: file('other.pem'), keyFile: file('other.key') }
  const { trouble } = connect({ url: url('rediss'), tls: other })
  await expect
    .poll(trouble, patience)
    .toMatch(/alert decrypt error\): let `state\.tls\.cert_file` and `state\.tls\.key_file` name/)
})

it('a Cluster is used over TLS without a url, and says why it is not reached', async () => {
  const tlsPort = await freePort()
  const ports = ['--tls-port', String(tlsPort), '--tls-cluster', 'yes', '--cluster-announce-ip', '127.0.0.1']
  const node = await startRedis(['--cluster-enabled', 'yes', ...ports, ...options])
  onTestFinished(() => node.stop())
  await node.client().call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  const cluster = [{ host: '127.0.0.1', port: tlsPort }]

  const { client, ready } = connect({ cluster, tls: tls() })
  await ready(AbortSignal.timeout(patience.timeout))
  expect(await client.set('test:tls', 'kept')).toBe('OK')

  const { trouble: plain } = connect({ cluster })
  await expect
    .poll(plain, patience)
    .toMatch(/breaks the connection .*if it speaks TLS there, let `state\.tls\.ca_file`/)
  const { trouble: untrusted } = connect({ cluster, tls: { ...tls(), caFile: file('other.pem') } })
  await expect
    .poll(untrusted, patience)
    .toMatch(/shows a certificate that is not trusted .*`state\.tls\.ca_file`/)
  const { trouble: nobody } = connect({ cluster: [{ host: '127.0.0.1', port: await freePort() }] })
  await expect.poll(nobody, patience).toMatch(/can't be reached: connect ECONNREFUSED/)
})
