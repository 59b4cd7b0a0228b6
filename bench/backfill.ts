/** `auditferry backfill` of one range from a paged source with 50 ms a request: in one part, and in eight. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure } from './measure.ts'
import { startLinked } from './process-link.ts'
import type { Received } from './receiver.ts'

interface Options {
  readonly events: number
  readonly density: number
}

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const NEWEST = 1_790_000_000
/** Nobody knows the API's; the vendor's own client asks for so many. */
const PAGE = '100'
const LATENCY_MS = '50'

export async function measureBackfill({ events, density }: Options) {
  const rows = []
  for (const parts of [1, 8]) rows.push(await run(parts, events, density))
  return rows
}

async function run(parts: number, events: number, density: number) {
  const source = await startLinked('./paged-source.ts', [`${events}`, `${density}`, PAGE, LATENCY_MS])
  const receiver = await startLinked('./receiver.ts', ['open'])
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-engine-'))
  try {
    writeFileSync(join(folder, 'auditferry.yaml'), JSON.stringify(configuration(source.url, receiver.url)))
    const from = NEWEST - Math.ceil(events / density) - 3_600
    const range = ['--source', 'bench', '--from', `${from}`, '--to', `${NEWEST + 1}`, '--parts', `${parts}`]
    const used = await measure([MAIN, 'backfill', ...range], { cwd: folder })
    const answer = (await receiver.ask('received')) as Received
    if (used.exitCode !== 0 || answer.events !== events) {
      throw new Error(`it ended with ${used.exitCode}, and ${answer.events} events were received`)
    }
    return {
      what: `${parts} part${parts === 1 ? '' : 's'} at a time`,
      figures: {
        'events/s': events / used.wallSeconds,
        's process': used.wallSeconds,
        requests: (await source.ask('requests')) as number,
        'µs CPU per event': (used.cpuSeconds / events) * 1e6,
        'MiB peak': used.peakMiB,
      },
    }
  } finally {
    await Promise.all([source.stop(), receiver.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
}

function configuration(source: string, receiver: string): object {
  return {
    sources: {
      bench: {
        type: 'pulumi',
        organization: 'acme',
        access_token: 'pul-0123456789abcdef',
        api_url: source,
        start: 'now',
        requests_per_minute: 6000,
      },
    },
    sinks: { soc: { type: 'splunk_hec', endpoint: receiver, token: 'bench', in_flight: 4 } },
    state: { type: 'embedded', path: './data', max_spool: '4GiB' },
    log: { level: 'warn' },
  }
}
