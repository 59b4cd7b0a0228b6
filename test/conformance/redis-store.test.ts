/**
 * The store on Redis: the suite for all stores, and what is special: claims, fencing, lost connections, start-up
 * checks.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSettler, noDelta } from '../../src/deliver/settler.ts'
import { OperationError } from '../../src/errors.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { importState } from '../../src/mirror/import-state.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { connectRedis } from '../../src/spool/redis/connect.ts'
import { keysOf, layoutKey } from '../../src/spool/redis/keys.ts'
import { checkLayout, checkRedis } from '../../src/spool/redis/start-checks.ts'
import { openRedisStore } from '../../src/spool/redis/store.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { ClaimLost, type Store } from '../../src/spool/store.ts'
import { sourceConfig } from '../engine/sample-config.ts'
import { type RedisCluster, startCluster } from '../redis/cluster.ts'
import { type RedisServer, startRedis } from '../redis/server.ts'
import { storeSuite } from './store.ts'
import {
  append,
  deadLetter,
  entry,
  fill,
  lane,
  minute,
  SOURCE,
  settlement,
  sinkMinute,
} from './store-samples.ts'

const LANE = { sink: 'soc', sources: [SOURCE] }
let server: RedisServer
let prefixes = 0

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

async function open(prefix: string, leaseMs = 30_000, refused = () => {}): Promise<Store> {
  const connection = connectRedis({ url: new Secret(server.url) }, [`${prefix}:probe`], silentLogger)
  await connection.ready()
  return openRedisStore({ ...connection, prefix, leaseMs, logger: silentLogger, refused })
}

storeSuite('store on Redis', async () => {
  const prefix = `test${prefixes++}`
  let store = await open(prefix)
  return {
    store,
    async reopen() {
      await store.close()
      store = await open(prefix)
      return store
    },
    remove: () => store.close(),
    age: (ms) => ageLeftLanes({ url: new Secret(server.url) }, prefix, ms),
  }
})

/** As `scripts/trim.lua` writes them: the time in seconds, and the log's end. */
async function ageLeftLanes(at: Parameters<typeof connectRedis>[0], prefix: string, ms: number) {
  const { client, ready } = connectRedis(at, [`${prefix}:probe`], silentLogger)
  await ready()
  const { left } = keysOf(prefix, SOURCE)
  for (const [sink, noted] of Object.entries(await client.hgetall(left))) {
    const [since, end] = noted.split(' ')
    await client.hset(left, sink, `${Number(since) - ms / 1_000} ${end}`)
  }
  await client.quit()
}

describe('in a cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster.stop())

  storeSuite('store on Redis Cluster', async () => {
    const prefix = `test${prefixes++}`
    const openHere = async () => {
      const connection = connectRedis({ cluster: cluster.nodes }, [`${prefix}:probe`], silentLogger)
      await connection.ready()
      return openRedisStore({ ...connection, prefix, leaseMs: 30_000, logger: silentLogger })
    }
    let store = await openHere()
    return {
      store,
      async reopen() {
        await store.close()
        store = await openHere()
        return store
      },
      remove: () => store.close(),
      age: (ms) => ageLeftLanes({ cluster: cluster.nodes }, prefix, ms),
    }
  })
})

/** Two processes on the same state. */
async function openTwo(leaseMs = 30_000) {
  const prefix = `test${prefixes++}`
  const refusals = { count: 0 }
  const refused = () => {
    refusals.count++
  }
  const [one, two] = [await open(prefix, leaseMs, refused), await open(prefix, leaseMs, refused)]
  onTestFinished(async () => void (await Promise.all([one.close(), two.close()])))
  return { one, two, refusals, prefix }
}

describe('a claim', () => {
  it.each([
    ['source', { source: SOURCE }],
    ['lane', LANE],
  ] as const)('of a %s keeps others out until it is given back', async (_, holding) => {
    const { one, two } = await openTwo()
    const claim = await one.claim(holding)
    expect(await two.claim(holding)).toBeUndefined()
    // Nor can the same process claim it twice: its two turns would not know of each other.
    expect(await one.claim(holding)).toBeUndefined()
    await claim?.release()
    expect(await two.claim(holding)).toBeDefined()
  })

  it('of a source that a worker reads keeps an import out, in words', async () => {
    const { one: worker, two: command } = await openTwo()
    const sources = { [SOURCE]: { position: 900, state: freshSource } }
    const importNow = () =>
      importState(
        { sources: { [SOURCE]: sourceConfig() } },
        command,
        { version: 1, writtenAt: '', sources, sinks: {} },
        true,
      )
    const claim = await worker.claim({ source: SOURCE })
    await expect(importNow()).rejects.toThrow(
      new OperationError(
        `a worker reads the source ${SOURCE}: stop all workers, import, and start them again`,
      ),
    )
    await claim?.release()
    expect(await importNow()).toEqual([SOURCE])
    expect(await worker.claim({ source: SOURCE })).toBeDefined()
    expect(await worker.loadSource(SOURCE)).toMatchObject({ checkpoint: 900 })
  })

  it('that cannot be passed on to the others belongs to nobody', async () => {
    const { one, two, prefix } = await openTwo()
    // In a Cluster, only the node of this key may be gone.
    await server.client().set(`${prefix}:sources`, 'no set')
    await expect(one.claim({ source: SOURCE })).rejects.toThrow(/:sources/)
    await expect(one.claim(LANE)).rejects.toThrow(/:sources/)
    await server.client().del(`${prefix}:sources`)
    for (const holding of [{ source: SOURCE }, LANE]) {
      expect(await two.claim(holding)).toBeDefined()
    }
  })

  it('is continued if nobody else had it in between, and only then', async () => {
    const { one, two } = await openTwo()
    const first = await one.claim({ source: SOURCE })
    await first?.release()
    const again = await one.claim({ source: SOURCE })
    expect([first?.continued, again?.continued]).toEqual([false, true])
    await again?.release()
    await (await two.claim({ source: SOURCE }))?.release()
    expect((await one.claim({ source: SOURCE }))?.continued).toBe(false)
  })

  it('is renewed while its process lives, and expires with it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { one, two, prefix } = await openTwo(30_000)
    const kept = server.client()
    const runsOutAt = async () =>
      Number((await kept.hget(`${prefix}:{${SOURCE}}:claims`, 'lane:soc'))?.split(' ')[2])
    await one.claim(LANE)
    const before = await runsOutAt()
    const thirdOfLease = () => {
      vi.advanceTimersByTime(10_000)
      return runsOutAt()
    }
    await expect.poll(thirdOfLease).toBeGreaterThan(before)
    expect(await two.claim(LANE)).toBeUndefined()
    const dead = await open(prefix)
    await dead.claim({ source: SOURCE })
    // A process that is gone is silent; closing would give its claims back.
    const client = server.client()
    const held = await client.hget(`${prefix}:{${SOURCE}}:claims`, 'source')
    await client.hset(`${prefix}:{${SOURCE}}:claims`, 'source', `${held?.split(' ')[0]} gone/1/x 1`)
    expect(await two.claim({ source: SOURCE })).toBeDefined()
    await dead.close()
  })

  it('is waited for no longer than a lease, however far Redis’s clock was set back', async () => {
    const { one, two, prefix } = await openTwo()
    const kept = server.client()
    await one.claim({ source: SOURCE })
    const [fence] = (await kept.hget(`${prefix}:{${SOURCE}}:claims`, 'source'))?.split(' ') ?? []
    const endsIn = (ms: number) =>
      kept.hset(`${prefix}:{${SOURCE}}:claims`, 'source', `${fence} gone/1/x ${Date.now() + ms}`)
    await endsIn(60_000)
    expect(await two.claim({ source: SOURCE })).toBeUndefined()
    await endsIn(3_600_000)
    expect(await two.claim({ source: SOURCE })).toBeDefined()
  })
})

describe('a process whose claim was taken by another one', () => {
  it('can no longer append or settle, learns of it, and changes nothing', async () => {
    const { one, two, refusals, prefix } = await openTwo()
    await fill(one, [3])
    await one.settle([settlement({ state: lane(1) })])
    const source = await one.claim({ source: SOURCE })
    // As if the lease had expired while the process was suspended.
    await server.client().del(`${prefix}:{${SOURCE}}:claims`)
    await two.claim({ source: SOURCE })
    await two.claim(LANE)
    const late = one.append(append({ entry: entry(3, 2), ledger: [minute(1, 2, 5n)] }))
    await expect(late).rejects.toThrow(ClaimLost)
    await expect(one.settle([settlement({ state: lane(3) })])).rejects.toThrow(ClaimLost)
    expect(refusals.count).toBe(2)
    expect(source?.signal.aborted ?? true).toBe(true)
    expect(await two.bounds(SOURCE)).toMatchObject({ end: 3 })
    expect(await two.ledger(SOURCE, 0, 9)).toEqual([])
    expect((await two.loadLane('soc'))?.cursors[SOURCE]?.next).toBe(1)
    // Nor does it get back in without a new claim.
    await expect(one.append(append())).rejects.toThrow(ClaimLost)
    expect(refusals.count).toBe(3)
  })

  it('is also counted if it knows before it writes that it lost the claim', async () => {
    const { one, two, refusals, prefix } = await openTwo(300)
    const source = await one.claim({ source: SOURCE })
    await server.client().del(`${prefix}:{${SOURCE}}:claims`)
    await two.claim({ source: SOURCE })
    // The renewal has failed.
    await expect.poll(() => source?.signal.aborted).toBe(true)
    expect(refusals.count).toBe(0)
    await expect(one.append(append())).rejects.toThrow(ClaimLost)
    expect(refusals.count).toBe(1)
  })

  it('is refused after a flush too, although the numbers start again', async () => {
    const { one, two } = await openTwo()
    await one.claim({ source: SOURCE })
    await server.client().flushall()
    await two.claim({ source: SOURCE })
    await expect(one.append(append())).rejects.toThrow(ClaimLost)
  })

  it('trusts nothing in memory once the connection broke', async () => {
    const { one } = await openTwo()
    const claim = await one.claim({ source: SOURCE })
    await server.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await expect.poll(() => claim?.signal.aborted).toBe(true)
    await expect.poll(() => one.trouble()).toBeUndefined()
    await expect(one.append(append())).rejects.toThrow(ClaimLost)
    expect((await one.claim({ source: SOURCE }))?.continued).toBe(false)
    expect(await one.append(append())).toEqual({ quarantined: 0 })
  })

  it('loads it all again when Redis went back to an earlier log by itself', async () => {
    const { one, prefix } = await openTwo()
    const claims = [await one.claim({ source: SOURCE }), await one.claim(LANE)]
    await fill(one, [3, 2])
    await one.settle([settlement({ state: lane(5) })])
    // Fail-overs there and back, in between of which no command was sent.
    await server.client().hset(`${prefix}:{${SOURCE}}:state`, 'end', '3')
    await expect(one.settle([settlement({ state: lane(5, { lastError: 'x' }) })])).rejects.toThrow(
      new ClaimLost('a lane at offset 5 of a log that ends at 3'),
    )
    await expect(one.append(append({ entry: entry(5, 1) }))).rejects.toThrow(
      new ClaimLost('append at offset 5 to a log that ends at 3'),
    )
    expect(claims.map((claim) => claim?.signal.aborted)).toEqual([true, true])
  })

  it('stops what a closed store is still asked to settle: it would be tried as long as the process lives', async () => {
    const { one } = await openTwo()
    await fill(one, [2])
    await one.claim(LANE)
    const settler = createSettler(one)
    await settler.settle('soc', () => lane(1), noDelta)
    await one.close()
    await expect(settler.settle('soc', () => lane(2), noDelta)).rejects.toThrow(ClaimLost)
  })
})

it('fails at once what has no answer when the connection breaks: nobody waits forever', async () => {
  const mortal = await startRedis()
  onTestFinished(() => mortal.stop())
  const connection = connectRedis({ url: new Secret(mortal.url) }, ['probe'], silentLogger)
  await connection.ready()
  const store = openRedisStore({ ...connection, prefix: 'mortal', leaseMs: 30_000, logger: silentLogger })
  onTestFinished(() => store.close())
  await store.append(append())
  await mortal.kill('SIGSTOP')
  const ended = Promise.allSettled([store.append(append()), store.bounds(SOURCE)])
  await mortal.kill('SIGKILL')
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

it('counts once what is settled again because it failed for another source', async () => {
  const { one, prefix } = await openTwo()
  const other = 'beta'
  await fill(one, [3])
  await fill(one, [3], other)
  const client = server.client()
  const { lanes } = keysOf(prefix, other)
  await client.set(lanes, 'in the way')
  const cursors = { [SOURCE]: freshCursor(3), [other]: freshCursor(3) }
  const ledger = [SOURCE, other].map((source) => sinkMinute({ source, delivered: 3 }))
  const settlements = [settlement({ state: { cursors }, ledger })]
  for (let times = 0; times < 3; times++) await expect(one.settle(settlements)).rejects.toThrow()
  await client.del(lanes)
  await one.settle(settlements)
  for (const source of [SOURCE, other]) {
    expect(await one.sinkLedger('soc', source, 0, 100)).toMatchObject([{ delivered: 3 }])
  }
})

it('trims no entry that a lane needs which only another process knows', async () => {
  const { one, two } = await openTwo()
  await fill(one, [3, 3])
  await two.settle([settlement({ sink: 'new', state: lane(0) })])
  await one.trim(SOURCE, 6, ['soc'])
  expect(await one.bounds(SOURCE)).toMatchObject({ start: 0 })
  await two.settle([settlement({ sink: 'new', state: lane(4) })])
  await one.trim(SOURCE, 6, ['soc'])
  expect(await one.bounds(SOURCE)).toMatchObject({ start: 3 })
})

it('takes a lane whose record is gone for damaged, not for a new one', async () => {
  const { one, two, prefix } = await openTwo()
  await fill(one, [3])
  await one.settle([settlement({ state: lane(1) })])
  await server.client().del(keysOf(prefix, SOURCE).lanes)
  await expect(two.loadLane('soc')).rejects.toThrow(
    `holds only a part of what was stored under ${prefix}:{${SOURCE}}:*`,
  )
  expect(await two.loadLane('another')).toBeUndefined()
})

it('lists the dead letters of a lane whose record is gone', async () => {
  const { one, prefix } = await openTwo()
  const letter = deadLetter('d')
  await one.settle([settlement({ deadLettered: [letter] })])
  await server.client().del(keysOf(prefix, SOURCE).lanes)
  expect(await one.deadLetters({})).toEqual([letter])
})

describe('the content of a Redis', () => {
  const client = () => server.client()

  it('has the number of its layout from the first start on', async () => {
    await checkLayout(client(), 'fresh', 'here')
    expect(await client().get(layoutKey('fresh'))).toBe('1')
    await checkLayout(client(), 'fresh', 'here')
  })

  it('is refused, and left as it is, if a newer version wrote it', async () => {
    await client().set(layoutKey('newer'), 2)
    await expect(checkLayout(client(), 'newer', 'here')).rejects.toThrow(
      new OperationError(
        'Redis at here: what lies under newer was written by a newer auditferry (layout 2, this one knows 1): start the newer version',
      ),
    )
    expect(await client().keys('newer*')).toEqual([layoutKey('newer')])
  })
})

describe('at the start, a Redis', () => {
  const check = async (options: readonly string[]) => {
    const strict = await startRedis(options)
    onTestFinished(() => strict.stop())
    const warnings: [string, LogFields | undefined][] = []
    const logger = {
      ...silentLogger,
      warn: (text: string, fields?: LogFields) => void warnings.push([text, fields]),
    }
    await checkRedis(strict.client(), 'here', logger)
    return { warnings, port: strict.port }
  }

  it('that drops keys is refused, with the command that fixes it', async () => {
    const refused = check(['--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru'])
    await expect(refused).rejects.toThrow(OperationError)
    await expect(refused).rejects.toThrow(
      /Redis at here drops keys .*allkeys-lru.*: redis-cli -h 127\.0\.0\.1 -p \d+ CONFIG SET maxmemory-policy noeviction/,
    )
  })

  it('that is a cluster is refused under `url`', async () => {
    await expect(check(['--cluster-enabled', 'yes'])).rejects.toThrow(/name its nodes under state\.cluster/)
  })

  it('that does not write to disk gets a warning, with the command that fixes it', async () => {
    const { warnings, port } = await check([])
    expect(warnings).toEqual([
      [
        expect.stringContaining('does not persist its data'),
        {
          redis: 'here',
          cure: `redis-cli -h 127.0.0.1 -p ${port} CONFIG SET appendonly yes, and the same in redis.conf`,
        },
      ],
    ])
  })

  it('that keeps what it is given gets none', async () => {
    expect((await check(['--appendonly', 'yes'])).warnings).toEqual([])
  })
})
