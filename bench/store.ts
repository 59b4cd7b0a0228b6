/**
 * A store on its own: batches of 1,000 events into the spool with ledger and checkpoint, then three lanes that read,
 * unpack and settle them. Pages are packed beforehand as the pipeline packs them, so that both stores are fed alike.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTally } from '../src/deliver/tally.ts'
import { openStore } from '../src/engine/open-store.ts'
import { collectMinutes } from '../src/ledger/minutes.ts'
import { silentLogger } from '../src/lib/logger.ts'
import { Secret } from '../src/lib/secret.ts'
import { createPacker, unpackEntry } from '../src/spool/codec.ts'
import { freshCursor } from '../src/spool/lane-state.ts'
import { freshSource } from '../src/spool/source-state.ts'
import type { Store } from '../src/spool/store.ts'
import { startRedis } from '../test/redis/server.ts'
import type { Result, ScenarioOptions } from './scenarios.ts'

const BATCH = 1_000
const EVENT_BYTES = 600
const LANES = ['one', 'two', 'three']
const SOURCE = 'bench'

export async function measureStore(options: ScenarioOptions): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-store-'))
  const redis = options.state === 'redis' ? await startRedis() : undefined
  const every = { maxSpoolBytes: Number.POSITIVE_INFINITY }
  const state =
    redis === undefined
      ? ({ type: 'embedded', path: folder, ...every } as const)
      : ({
          type: 'redis',
          address: { url: new Secret(redis.url) },
          prefix: 'bench',
          leaseMs: 30_000,
          ...every,
        } as const)
  const { store, ready } = await openStore(state, { logger: silentLogger })
  try {
    await ready()
    const memory = async () =>
      Number(/used_memory:(\d+)/.exec((await redis?.client().info('memory')) ?? '')?.[1] ?? 0)
    const before = await memory()
    const filled = await fill(store, options)
    const bytes = ((await memory()) - before) / options.events
    const drained = await drain(store, options)
    const into = { 'events/s': options.events / filled, ...(redis && { 'B of Redis an event': bytes }) }
    return [
      { what: `${options.state}: into the spool`, figures: into },
      {
        what: `${options.state}: out of it, three lanes`,
        figures: { 'sink-events/s': (options.events * LANES.length) / drained },
      },
    ]
  } finally {
    await store.close()
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(store: Store, { events, density }: ScenarioOptions): Promise<number> {
  const pack = createPacker()
  let seconds = 0
  for (let base = 0; base < events; base += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, at) => eventOf(base + at, density))
    const startedAt = performance.now()
    const minutes = collectMinutes()
    for (const { uid, timestamp } of batch) minutes.add(uid, timestamp)
    const blob = await pack(batch, (out, { line }) => out.text(line))
    const entry = { base, count: BATCH, blob }
    const state = { ...freshSource, spooled: base + BATCH }
    await store.append({ source: SOURCE, state, entry, ledger: minutes.minutes(), quarantined: [] })
    seconds += (performance.now() - startedAt) / 1000
  }
  return seconds
}

async function drain(store: Store, { events }: ScenarioOptions): Promise<number> {
  const startedAt = performance.now()
  await Promise.all(
    LANES.map(async (sink) => {
      for (let at = 0; at < events; at += BATCH) {
        const packed = await store.readEntry(SOURCE, at)
        if (packed === undefined) throw new Error(`offset ${at} is missing`)
        const entry = await unpackEntry(packed)
        const tally = createTally(Date.now())
        for (let i = 0; i < BATCH; i++)
          tally.count('delivered', { uid: entry.uid(i), timestamp: entry.timestamp(i) })
        const cursor = { ...freshCursor(at + BATCH), delivered: at + BATCH }
        const ledger = tally.minutes().map((minute) => ({ ...minute, source: SOURCE }))
        const settlement = { sink, state: { cursors: { [SOURCE]: cursor } }, ledger }
        await store.settle([{ ...settlement, deadLettered: [], redelivered: [] }])
      }
    }),
  )
  return (performance.now() - startedAt) / 1000
}

/** About as compressible as an audit event: names recur, ids and addresses do not. */
function eventOf(at: number, density: number) {
  const uid = createHash('sha256').update(String(at)).digest('hex')
  const timestamp = 1_790_000_000 + Math.floor(at / density)
  const text = `Started update "${uid.slice(0, 32)}" for stack "payments/production-${at % 50}"`
  const line = {
    uid,
    source: SOURCE,
    timestamp,
    action: 'stack-update-started',
    login: `user-${at % 400}`,
    text,
    pad: '',
  }
  line.pad = 'required by policy '.repeat(40).slice(0, EVENT_BYTES - JSON.stringify(line).length)
  return { uid, timestamp, line: JSON.stringify(line) }
}
