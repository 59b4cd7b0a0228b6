/** What the store on Redis reports about keys that hold something else, and about a lost connection. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { isPassing } from '../../src/spool/redis/clear-errors.ts'
import type { RedisClient, Scripts } from '../../src/spool/redis/commands.ts'
import { connectRedis } from '../../src/spool/redis/connect.ts'
import { createDeadLetters } from '../../src/spool/redis/dead-letters.ts'
import { keysOf } from '../../src/spool/redis/keys.ts'
import { openRedisStore } from '../../src/spool/redis/store.ts'
import { ClaimLost, type Store } from '../../src/spool/store.ts'
import { type RedisServer, startRedis } from '../redis/server.ts'
import { fill } from './store-samples.ts'

const SOURCE = 'acme'
let server: RedisServer
let prefixes = 0
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

async function open(on: Pick<RedisServer, 'url'> = server) {
  const prefix = `errors${prefixes++}`
  const connection = connectRedis({ url: new Secret(on.url) }, [`${prefix}:probe`], silentLogger)
  await connection.ready()
  onTestFinished(() => connection.client.disconnect())
  const store = openRedisStore({ ...connection, prefix, leaseMs: 30_000, logger: silentLogger })
  return { store, prefix, connection, client: connection.client }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(OperationError)
  return (error as OperationError).message
}

it.each<[string, (store: Store) => Promise<unknown>]>([
  ['{acme}:state', (store) => store.loadSource(SOURCE)],
  ['{acme}:state', (store) => store.bounds(SOURCE)],
  ['{acme}:log', (store) => store.readEntry(SOURCE, 0)],
  ['health', (store) => store.published('source acme')],
  ['paused', (store) => store.pauses()],
])('names a key %s of another type, and the cure', async (name, ask) => {
  const { store, prefix, client } = await open()
  await client.set(`${prefix}:${name}`, 'x')
  expect(await refusal(ask(store))).toMatch(
    new RegExp(
      `^Redis at 127\\.0\\.0\\.1:${server.port} holds something else under the key ${prefix}:${name} \\(WRONGTYPE .*\\): .*another \`state\\.prefix\`.*state import`,
    ),
  )
})

it('names the keys of a source that are there in part', async () => {
  const { store, prefix, client } = await open()
  await fill(store, [3])
  await client.del(`${prefix}:{acme}:state`)
  expect(await refusal(fill(store, [3]))).toMatch(
    new RegExp(
      `holds only a part of what was stored under ${prefix}:\\{acme\\}:\\*, .*: stop the workers, remove `,
    ),
  )
})

it('takes a claim that another worker took while the engine was opened for something that passes', () => {
  expect(isPassing(new ClaimLost('another process has taken it'))).toBe(true)
})

it('names the keys of a source that were passed to a script', async () => {
  const { store, prefix, client } = await open()
  await client.set(`${prefix}:{acme}:claims`, 'x')
  expect(await refusal(store.claim({ source: SOURCE }))).toContain(
    `under the key ${prefix}:{acme}:* (WRONGTYPE`,
  )
})

it('names the key of a damaged state', async () => {
  const { store, prefix, client } = await open()
  await client.hset(`${prefix}:{acme}:state`, 'state', '{{{{')
  expect(await refusal(store.loadSource(SOURCE))).toMatch(
    new RegExp(
      `the key ${prefix}:{acme}:state \\(.*JSON.*\\): .*remove ${prefix}:{acme}:\\*, and start again`,
    ),
  )
})

it('says that the connection was lost, whatever its client says', async () => {
  const { store, client } = await open()
  client.disconnect()
  const lost = 'the connection to Redis was lost'
  expect([await refusal(store.loadSource(SOURCE)), await refusal(store.claim({ source: SOURCE }))]).toEqual([
    lost,
    lost,
  ])
})

it('names the memory of Redis if a write is refused for lack of it, and the cure', async () => {
  const small = await startRedis()
  onTestFinished(() => small.stop())
  const { store, connection } = await open(small)
  await small.client().config('SET', 'maxmemory', '1')
  const told = new RegExp(
    `^Redis at 127\\.0\\.0\\.1:${small.port} takes no writes: OOM [^.]*: .* raise \`maxmemory\` .*well above \`state\\.max_spool\`$`,
  )
  expect(await refusal(store.claim({ source: SOURCE }))).toMatch(told)
  expect(await refusal(store.publish('source acme', { state: 'ok', reason: '' }))).toMatch(told)
  await expect.poll(connection.trouble).toMatch(told)
})

it.each([
  [['CONFIG', 'SET', 'min-replicas-to-write', '1'], 'NOREPLICAS', 'min-replicas-to-write'],
  [['REPLICAOF', '127.0.0.1', '1'], 'READONLY', 'name the master'],
])('says that Redis takes no writes, and why: %s', async ([command = '', ...args], answer, cure) => {
  const other = await startRedis()
  onTestFinished(() => other.stop())
  const { store } = await open(other)
  await other.client().call(command, ...args)
  const told = new RegExp(
    `^Redis at 127\\.0\\.0\\.1:${other.port} takes no writes: ${answer} [^:]*: .*${cure}`,
  )
  const message = await refusal(store.publish('source acme', { state: 'ok', reason: '' }))
  expect(message).toMatch(told)
  expect(isPassing(new OperationError(message))).toBe(true)
})

it('tells who asks that another process holds a source', async () => {
  const { store, prefix, client } = await open()
  await store.claim({ source: SOURCE })
  const parts = { client, where: 'here', trouble: () => undefined, onDisconnect: () => undefined }
  const other = openRedisStore({ ...parts, prefix, leaseMs: 30_000, logger: silentLogger })
  expect(await refusal(fill(other, [3]))).toBe('another process holds source acme: try again later')
})

it('fails once when the connection breaks while the dead letters of several sources are read', async () => {
  const left: unknown[] = []
  const hear = (error: unknown) => void left.push(error)
  process.on('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  let asked = 0
  const broken = async () => {
    throw new Error('Connection is closed.')
  }
  const client = {
    smembers: async () => ['acme', 'beta'],
    hkeys: () => (asked++ === 0 ? Promise.resolve(['soc']) : setImmediate().then(broken)),
    zrange: broken,
  } as unknown as RedisClient
  const keys = (source: string) => keysOf('broken', source)
  const sources = () => client.smembers('')
  const letters = createDeadLetters({ client, keys, sources, register: broken, scripts: {} as Scripts })
  await expect(letters.deadLetters({})).rejects.toThrow('Connection is closed.')
  await setImmediate()
  expect(left).toEqual([])
})

it.each(['-hset', '-@scripting'])('names what its user may not do, and the cure: %s', async (rule) => {
  const guarded = await startRedis()
  onTestFinished(() => guarded.stop())
  const { store } = await open(guarded)
  await guarded.client().call('ACL', 'SETUSER', 'default', rule)
  expect(await refusal(store.claim({ source: SOURCE }))).toMatch(
    /^Redis at \S+ does not let its user do what is needed \([^)]*(can't|no permissions to) run [^)]*\): .*ACL SETUSER/,
  )
})

it('writes nothing for a user who may do only a part of it', async () => {
  const guarded = await startRedis()
  onTestFinished(() => guarded.stop())
  const { store, prefix } = await open(guarded)
  await store.claim({ source: SOURCE })
  const admin = guarded.client()
  await admin.call('ACL', 'SETUSER', 'default', '-hincrby')
  expect(await refusal(fill(store, [3]))).toContain('no permissions to run the hincrby command')
  expect(await admin.xlen(keysOf(prefix, SOURCE).log)).toBe(0)
  await admin.call('ACL', 'SETUSER', 'default', '+hincrby')
  await fill(store, [3])
  expect(await store.bounds(SOURCE)).toMatchObject({ start: 0, end: 3 })
})
