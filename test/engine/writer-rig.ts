/** A writer with a scripted sink, a gate that never waits, and a clock that the test moves. */
import type { SinkConfig } from '../../src/config/config.ts'
import { createGate } from '../../src/deliver/gate.ts'
import type { Item } from '../../src/deliver/work.ts'
import { createWriter } from '../../src/deliver/writer.ts'
import { type LogFields, silentLogger } from '../../src/lib/logger.ts'
import { type Metrics, silentMetrics } from '../../src/ops/metrics.ts'
import { auditEvents } from '../conformance/batches.ts'
import { scriptedSink } from './lane-rig.ts'
import { sinkConfig } from './sample-config.ts'

export const events = auditEvents(256)

export function openWriter(changes: Partial<SinkConfig> = {}) {
  const clock = { ms: 1_000_000 }
  const sink = scriptedSink()
  const kinds: string[] = []
  const said: string[] = []
  const settled: { delivered: string[]; refused: string[] }[] = []
  const refused: { uid: string; reason: string; answer: string; attempts: number }[] = []
  const failures: string[] = []
  const say = (message: string, fields?: LogFields) =>
    void said.push([message, fields?.reason].filter((it) => it !== undefined).join(': '))
  const metrics: Metrics = { ...silentMetrics, sinkRequest: (_, kind) => void kinds.push(kind) }
  const now = () => clock.ms
  const gate = createGate({ maxBackoffMs: changes.retry?.maxBackoffMs ?? 0, now, random: () => 0 })
  const writer = createWriter({
    config: sinkConfig(changes),
    sink,
    gate,
    store: { deadLetters: async () => [] },
    metrics,
    logger: { ...silentLogger, info: say, warn: say, error: say },
    now,
    organizationOf: (source) => `${source} inc`,
    noteFailure: (reason) => void failures.push(reason),
  })
  const aborted = new AbortController()
  const write = (count: number) =>
    writer.write(
      'acme',
      items(count),
      async (good, bad) => {
        settled.push({ delivered: good.map(({ uid }) => uid), refused: bad.map(({ item }) => item.uid) })
        refused.push(...bad.map(({ item, ...it }) => ({ uid: item.uid, ...it })))
      },
      aborted.signal,
    )
  return { clock, sink, gate, kinds, said, settled, refused, failures, aborted, write }
}

function items(count: number): Item[] {
  return events.slice(0, count).map((event, offset) => ({
    offset,
    uid: event.uid,
    timestamp: event.timestamp,
    payload: Buffer.from(`event ${offset}`),
    event,
  }))
}

/** Of the events at these positions. */
export const uids = (...at: number[]) => at.map((index) => events[index]?.uid)
