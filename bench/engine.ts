/** The real engine as a process: `auditferry run --once` with a configuration of the bench. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import node from '../src/cli/node-flags.json' with { type: 'json' }
import { type History, ORGANIZATION, SOURCE } from './history.ts'
import { type Measured, measure } from './measure.ts'

interface EngineSettings {
  readonly api: 'v1' | 'v2'
  /** Lines below the sink, such as its batch; empty for the defaults. */
  readonly sink: string
  readonly maxSpool?: string
  /** Modules of the bench that are loaded before the program. */
  readonly preload?: readonly string[]
  /** Another sink than HEC: all of its options. */
  readonly other?: Readonly<Record<string, unknown>>
  /** A state to begin with, which is copied. */
  readonly from?: string
}

export interface BenchEngine {
  /** The state's folder. */
  readonly state: string
  /** Polls and delivers everything; the state stays for the next run. */
  runOnce(): Promise<Measured>
  remove(): void
}

/** As the launcher starts it. */
const ENVIRONMENT = {
  ...node.environment,
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)),
}
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export const DEFAULTS = ''
/** What the README recommends for volume: fuller batches, and enough of them in flight to keep both cores busy. */
export const TUNED = 'batch: { max_events: 1000, max_bytes: 2MiB }, in_flight: 4'

export function prepareEngine(
  urls: { source: string; receiver: string },
  history: History,
  { api, sink, maxSpool = '4GiB', preload = [], other, from }: EngineSettings,
): BenchEngine {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-engine-'))
  const file = join(folder, 'auditferry.yaml')
  const hec = `{ type: splunk_hec, endpoint: "${urls.receiver}", token: bench${sink === '' ? '' : `, ${sink}`} }`
  const soc = other === undefined ? hec : JSON.stringify(other).replaceAll('$', '$$$$')
  if (from !== undefined) cpSync(from, join(folder, 'data'), { recursive: true })
  writeFileSync(
    file,
    `
sources:
  ${SOURCE}:
    type: pulumi
    organization: ${ORGANIZATION}
    access_token: bench
    api_url: ${urls.source}
    api: ${api}
    start: "${new Date(history.start * 1000).toISOString()}"
sinks:
  soc: ${soc}
state: { type: embedded, path: ./data, max_spool: ${maxSpool} }
log: { level: warn }
`,
  )
  const preloaded = preload.flatMap((name) => ['--import', new URL(name, import.meta.url).href])
  return {
    state: join(folder, 'data'),
    runOnce: () =>
      measure([...node.flags, ...preloaded, MAIN, 'run', '--once', '-c', file], {
        cwd: folder,
        env: ENVIRONMENT,
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
