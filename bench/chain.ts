/** What tamper evidence costs: a file with and without a chain, and the sums over the lines of an object. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definition } from '../connectors/sinks/file/index.ts'
import { lineFormat } from '../src/formats/formats.ts'
import { sumLines } from '../src/integrity/line-sums.ts'
import { auditEvents, batchOf } from '../test/conformance/batches.ts'
import { openSink } from '../test/conformance/open-sink.ts'
import type { Result, ScenarioOptions } from './scenarios.ts'

const BATCH = 1_000
/** Native bytes of an event of the other scenarios. */
const EVENT_BYTES = 1_443

export async function measureChain({ events }: ScenarioOptions): Promise<Result[]> {
  const batches = Math.ceil(events / BATCH)
  const rows: Result[] = []
  // The first run warms up.
  for (const integrity of ['none', 'none', 'chain']) {
    const what = `file, integrity: ${integrity}`
    rows.push({ what, figures: await ofFile(integrity, batches) })
  }
  const payloads = batch().events.map(({ payload }) => payload)
  const cpu = await cpuOf(() => {
    for (let at = 0; at < batches; at++) sumLines(payloads)
  })
  return [...rows.slice(1), { what: 'sums of a manifest', figures: perEvent(cpu, batches) }]
}

async function ofFile(integrity: string, batches: number) {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-chain-'))
  const { sink } = openSink(definition, { path: join(folder, 'audit.ndjson'), integrity })
  const written = batch()
  try {
    const cpu = await cpuOf(async () => {
      for (let at = 0; at < batches; at++) await sink.write(written, new AbortController().signal)
    })
    return perEvent(cpu, batches)
  } finally {
    await sink.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function batch() {
  const events = auditEvents(BATCH).map((event) => {
    const raw = { pad: '' }
    const short = JSON.stringify({ ...event, raw }).length
    return { ...event, raw: { pad: 'required by policy '.repeat(80).slice(0, EVENT_BYTES - short) } }
  })
  return batchOf(events, lineFormat('native'))
}

function perEvent(seconds: number, batches: number) {
  return { 'µs CPU per event': (seconds * 1e6) / (batches * BATCH) }
}

/** User and system time of all threads. */
async function cpuOf(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
