/** What is reported about a Redis that can't be used: the option that fixes it, in `trouble()` and once in the log. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import type { RedisAddress } from '../../src/config/config.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { redactText } from '../../src/ops/redact-log.ts'
import { createClient } from '../../src/spool/redis/client.ts'
import { connectRedis } from '../../src/spool/redis/connect.ts'
import { checkRedis } from '../../src/spool/redis/start-checks.ts'
import { openRedisStore } from '../../src/spool/redis/store.ts'
import { freePort } from '../loopback.ts'
import { PATIENCE_MS } from '../patience.ts'
import { startCluster } from '../redis/cluster.ts'
import { startSentinels } from '../redis/sentinels.ts'
import { type RedisServer, startRedis } from '../redis/server.ts'
import { append } from './store-samples.ts'

let server: RedisServer
let open: RedisServer
let admin: Redis
beforeAll(async () => {
  server = await startRedis()
  open = await startRedis()
  // Keeps its identity when the password arrives.
  admin = server.client()
  await admin.call('ACL', 'SETUSER', 'idle', 'on', '>idle', '~nothing', '+get')
  await admin.config('SET', 'requirepass', 'right')
})
afterAll(() => Promise.all([server.stop(), open.stop()]))

const connect = (url: string) => connectTo({ url: new Secret(url) })

function connectTo(address: RedisAddress, probes = ['test:probe']) {
  const logged: [string, string, LogFields | undefined][] = []
  const log = (level: string) => (text: string, fields?: LogFields) => void logged.push([level, text, fields])
  const logger = { ...silentLogger, info: log('info'), warn: log('warn'), error: log('error') }
  const connection = connectRedis(address, probes, logger)
  onTestFinished(() => connection.client.disconnect())
  return { ...connection, logged }
}

const patience = { timeout: PATIENCE_MS }

/** No time passes for the connections: on a machine that stalls for seconds, a Redis that is well would seem silent. */
function standStill(): void {
  vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => void vi.restoreAllMocks())
}

/** The test decides when the connections check Redis; normally they do so every two seconds. */
function lookByHand(...also: 'performance'[]): () => void {
  vi.useFakeTimers({ toFake: ['setInterval', ...also] })
  onTestFinished(() => void vi.useRealTimers())
  return () => void vi.advanceTimersByTime(2_000)
}

it.each([
  ['no password', '', '', /wants a password: set `state\.password`, .* before the host in `state\.url`/],
  [
    'a wrong password',
    ':wrong@',
    '',
    /refuses the user or the password: check `state\.username`.*`state\.url`/,
  ],
  [
    'a database that is not there',
    ':right@',
    '/99',
    /does not open database 99 \(.*\): .*end of `state\.url`/,
  ],
])('%s', async (_, user, path, sentence) => {
  const { client, trouble } = connect(`redis://${user}127.0.0.1:${server.port}${path}`)
  await expect.poll(trouble, patience).toMatch(sentence)
  // The log masks what looks like a secret: the cure must not.
  expect(redactText(trouble() ?? '')).toBe(trouble())
  // It stays that way, and nothing is written elsewhere meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect([client.status === 'ready', trouble()]).toEqual([false, expect.stringMatching(sentence)])
})

it('a user without the permissions', async () => {
  const { client, ready, where } = connect(`redis://idle:idle@127.0.0.1:${server.port}`)
  await ready()
  await expect(checkRedis(client, where, silentLogger)).rejects.toThrow(
    /does not let its user do what is needed \(NOPERM .*\): .*`state\.prefix`.*ACL SETUSER/,
  )
})

it('TLS to a plain port', async () => {
  const { trouble } = connect(`rediss://127.0.0.1:${open.port}`)
  expect(trouble()).toMatch(/does not answer in TLS: .*redis:\/\/ instead of rediss:\/\/ in `state\.url`/)
})

it('a renewed password is used for the next connection, also for those of BullMQ and of a Cluster', async () => {
  const [mortal, cluster] = await Promise.all([startRedis(), startCluster({ size: 1 })])
  onTestFinished(() => Promise.all([mortal.stop(), cluster.stop()]).then(() => undefined))
  const servers = [mortal, ...cluster.servers].map((it) => it.client())
  const setPassword = (to: string) => Promise.all(servers.map((it) => it.config('SET', 'requirepass', to)))
  await setPassword('first')
  let password: string | undefined = 'first'
  const renewed = new Secret(() => {
    if (password === undefined) throw new Error('the file is being replaced')
    return password
  })
  const addresses = [
    { url: new Secret(mortal.url), password: renewed },
    { cluster: cluster.nodes, password: renewed },
  ]
  const clients = addresses.flatMap((address) => {
    const client = createClient(address)
    return [client, (client as Redis).duplicate()]
  })
  for (const client of clients) client.on('error', () => undefined)
  onTestFinished(() => {
    for (const client of clients) client.disconnect()
  })
  expect(await Promise.all(clients.map((it) => it.ping()))).toEqual(Array(4).fill('PONG'))

  await setPassword('second')
  const asked = () => Promise.all(clients.map((it) => it.ping()))
  password = undefined
  const broken = () => Promise.all(servers.map((it) => it.call('CLIENT', 'KILL', 'TYPE', 'normal')))
  await vi.waitFor(async () => {
    await broken()
    const answers = asked()
    // A client that connects earlier is refused once more.
    password = 'second'
    expect(await answers).toEqual(Array(4).fill('PONG'))
  }, patience)
})

it('a port that breaks the connection, as one for TLS does', async () => {
  const port = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
  await once(port.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void port.close())
  const { trouble } = connect(`redis://127.0.0.1:${(port.address() as AddressInfo).port}`)
  await expect.poll(trouble, patience).toMatch(/breaks the connection \(.*ECONNRESET\): .*write rediss:\/\//)
})

it('one that is suspended does not answer', async () => {
  await open.kill('SIGSTOP')
  onTestFinished(() => open.kill('SIGCONT'))
  expect(connect(open.url).trouble()).toBe(`Redis at 127.0.0.1:${open.port} does not answer`)
})

it('is logged once while it has never been reached, and again when it is', async () => {
  const look = lookByHand()
  const { trouble, logged } = connect(`redis://127.0.0.1:${server.port}`)
  await expect.poll(trouble, patience).toMatch(/wants a password/)
  for (let looks = 0; looks < 3; looks++) look()
  const redis = `127.0.0.1:${server.port}`
  expect(logged).toEqual([['warn', 'Redis cannot be used yet: waiting for it', { redis, reason: trouble() }]])
  await admin.config('SET', 'requirepass', '')
  await expect.poll(() => logged.at(-1), patience).toEqual(['info', 'Redis is reached', { redis }])
})

it('says in the log, too, that it refuses the password since it was changed', async () => {
  const own = await startRedis()
  const itsAdmin = own.client()
  onTestFinished(() => own.stop())
  const look = lookByHand()
  const { ready, trouble, logged } = connect(own.url)
  await ready()
  await itsAdmin.config('SET', 'requirepass', 'changed')
  await itsAdmin.call('CLIENT', 'KILL', 'TYPE', 'normal')
  await expect.poll(trouble, patience).toMatch(/wants a password/)
  for (let looks = 0; looks < 3; looks++) look()
  const redis = `127.0.0.1:${own.port}`
  expect(logged).toEqual([
    ['warn', 'the connection to Redis was lost', { redis }],
    ['warn', 'Redis cannot be used: waiting for it', { redis, reason: trouble() }],
  ])
})

it('is reported for a port where nothing listens', async () => {
  const { trouble } = connect(`redis://127.0.0.1:${await freePort()}`)
  await expect.poll(trouble, patience).toMatch(/can't be reached: connect ECONNREFUSED/)
})

it('one that speaks HTTP', async () => {
  const http = createHttpServer((_, answer) => answer.writeHead(400).end())
  await once(http.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void http.close())
  const { trouble } = connect(`redis://127.0.0.1:${(http.address() as AddressInfo).port}`)
  await expect.poll(trouble, patience).toMatch(/does not speak Redis: check host and port in `state\.url`/)
})

it('one that has become a replica is reported once, and again when it takes writes', async () => {
  const look = lookByHand()
  const mortal = await startRedis()
  onTestFinished(() => mortal.stop())
  const { ready, trouble, logged } = connect(mortal.url)
  await ready()
  const client = mortal.client()
  await client.replicaof('127.0.0.1', '1')
  const refused = async () => {
    look()
    return Number(/errorstat_READONLY:count=(\d+)/.exec(await client.info('errorstats'))?.[1] ?? 0)
  }
  await expect.poll(refused, patience).toBeGreaterThan(3)
  expect(trouble()).toMatch(/takes no writes: READONLY/)
  const redis = `127.0.0.1:${mortal.port}`
  const reason = expect.stringContaining('READONLY')
  expect(logged).toEqual([['warn', 'Redis takes no writes', { redis, reason }]])
  await client.replicaof('NO', 'ONE')
  const after = () => {
    look()
    return logged.slice(1)
  }
  await expect.poll(after, patience).toEqual([['info', 'Redis is reached again', { redis }]])
  expect(trouble()).toBeUndefined()
})

it('one that has come to drop keys is given nothing more, and told so once', async () => {
  standStill()
  const mortal = await startRedis()
  onTestFinished(() => mortal.stop())
  const look = lookByHand()
  const { logged, ...connection } = connect(mortal.url)
  await connection.ready()
  const store = openRedisStore({ ...connection, prefix: 'test', leaseMs: 60_000, logger: silentLogger })
  const client = mortal.client()
  const looked = () => {
    look()
    return connection.trouble()
  }
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const { port } = mortal
  const sentence = new RegExp(
    `Redis at 127.0.0.1:${port} drops keys .*allkeys-lru.*-p ${port} CONFIG SET maxmemory-policy noeviction, [^.]*redis.conf$`,
  )
  await expect.poll(looked, patience).toMatch(sentence)
  await expect(store.append(append())).rejects.toThrow(sentence)

  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
  await client.config('SET', 'maxmemory', used + 1_000_000)
  await client.config('SET', 'maxmemory-policy', 'allkeys-random')
  const dropped = /allkeys-random.*has dropped some already: `auditferry reconcile`/
  let fillers = 0
  const filled = async () => {
    await client.set(`filler-${fillers++}`, 'x'.repeat(200_000))
    return looked()
  }
  await expect.poll(filled, patience).toMatch(dropped)

  await client.config('SET', 'maxmemory', '0')
  await client.config('SET', 'maxmemory-policy', 'noeviction')
  await expect.poll(looked, patience).toBeUndefined()
  await expect(store.append(append())).resolves.toEqual({ quarantined: 0 })
  const reasons = logged.map(([level, text]) => `${level}: ${text}`)
  expect(reasons.slice(0, 2)).toEqual(Array(2).fill('error: Redis may lose events'))
  expect(reasons.at(-1)).toBe('info: Redis keeps what it is given again')
})

it('a cluster with a missing node', async () => {
  const cluster = await startCluster({ nodeTimeoutMs: 2_000 })
  onTestFinished(() => cluster.stop())
  for (const { client } of cluster.servers)
    await client().config('SET', 'cluster-require-full-coverage', 'no')
  // Some keys for each node.
  const probes = Array.from({ length: 12 }, (_, at) => `test:{${at}}:probe`)
  const { client, ready, trouble, logged } = connectTo({ cluster: cluster.nodes }, probes)
  await ready()
  for (const [at, node] of cluster.servers.entries()) {
    await node.kill('SIGKILL')
    const gone = `${cluster.nodes[at]?.host}:${cluster.nodes[at]?.port}`
    await expect
      .poll(trouble, patience)
      .toMatch(`can't be reached at one of its nodes: connect ECONNREFUSED ${gone}`)
    expect(client.status).toBe('ready')
    await node.start()
    await expect.poll(trouble, patience).toBeUndefined()
  }
  const told = ['Redis takes no writes', 'Redis is reached again']
  expect([...new Set(logged.map(([, text]) => text))]).toEqual(told)
})

it('one that is suspended is reported in the log too, and again when it answers', async () => {
  const mortal = await startRedis()
  onTestFinished(() => mortal.stop())
  const look = lookByHand('performance')
  const { ready, trouble, logged } = connect(mortal.url)
  await ready()
  await mortal.kill('SIGSTOP')
  const redis = `127.0.0.1:${mortal.port}`
  for (let looks = 0; looks < 5; looks++) look()
  expect(logged).toEqual([['warn', 'Redis does not answer', { redis }]])
  expect(trouble()).toBe(`Redis at ${redis} does not answer`)
  await mortal.kill('SIGCONT')
  const after = () => {
    look()
    return logged.slice(1)
  }
  await expect.poll(after, patience).toEqual([['info', 'Redis is reached again', { redis }]])
})

it('one that stays silent is connected to anew: the network may have dropped the connection', async () => {
  const mortal = await startRedis()
  onTestFinished(() => mortal.stop())
  const look = lookByHand('performance')
  const { client, ready, trouble, onElsewhere, logged } = connect(mortal.url)
  let heard = 0
  onElsewhere(() => {
    heard++
  })
  await ready()
  await mortal.kill('SIGSTOP')
  const closed = new Promise((resolve) => client.once('close', resolve))
  for (let looks = 0; looks < 15; looks++) look()
  expect(heard).toBe(0)
  for (let looks = 0; looks < 2; looks++) look()
  expect(heard).toBe(1)
  await closed
  await mortal.kill('SIGCONT')
  // The connection is ready before Redis has said that it takes writes.
  const told = () => logged.map(([, text]) => text)
  await expect.poll(told, patience).toEqual(['Redis does not answer', 'Redis is reached again'])
  expect(trouble()).toBeUndefined()
})

it('a master that is suspended is replaced by the one that the sentinels promote', async () => {
  const { name, nodes, master, replica, inStep, stop } = await startSentinels()
  onTestFinished(stop)
  const listed = nodes.map((node) => ({ host: '127.0.0.1', port: Number(node.split(':')[1]) }))
  // Only the database of this URL has an effect.
  const url = new Secret('redis://sentinels/3')
  const { client, ready, trouble, onElsewhere } = connectTo({ url, sentinel: { name, nodes: listed } })
  let heard = 0
  onElsewhere(() => {
    heard++
  })
  await ready()
  await client.set('test:before', 'written')
  await inStep()
  await master.kill('SIGSTOP')
  await expect.poll(trouble, patience).toMatch('does not answer')
  await expect.poll(trouble, patience).toBeUndefined()
  expect([await client.get('test:before'), heard > 0]).toEqual(['written', true])
  const third = replica.client()
  await third.select(3)
  expect(await third.get('test:before')).toBe('written')
})
