/** `auditferry archive import` of one CSV export into an archive in SQLite: without an engine, then through one that runs. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openHistory } from './history.ts'
import { measure } from './measure.ts'
import type { Result, ScenarioOptions } from './scenarios.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export async function measureImport(options: ScenarioOptions): Promise<Result[]> {
  const { csv } = await openHistory(options)
  return [
    await run('no engine runs', csv, options.events, (_, use) => use()),
    await run('through a running engine', csv, options.events, withEngine),
  ]
}

type Around = <T>(folder: string, use: () => Promise<T>) => Promise<T>

async function run(what: string, csv: string, events: number, around: Around): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-import-'))
  try {
    writeFileSync(join(folder, 'auditferry.yaml'), CONFIGURATION)
    const used = await around(folder, () =>
      measure([MAIN, 'archive', 'import', csv, '--sink', 'archive'], { cwd: folder }),
    )
    if (used.exitCode !== 0) throw new Error(`it ended with ${used.exitCode}`)
    return {
      what,
      figures: {
        'events/s': events / used.wallSeconds,
        'µs CPU per event of the command': (used.cpuSeconds / events) * 1e6,
        'MiB peak': used.peakMiB,
      },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const withEngine: Around = async (folder, use) => {
  const engine = spawn(
    process.execPath,
    [...(process.env.AUDITFERRY_BENCH_NODE ?? '').split(' ').filter((it) => it !== ''), MAIN, 'run'],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const ended = new Promise((resolve) => engine.once('exit', resolve))
  try {
    while (!existsSync(join(folder, 'data', 'engine.json'))) {
      if (engine.exitCode !== null) throw new Error('the engine did not start')
      await sleep(20)
    }
    return await use()
  } finally {
    engine.kill('SIGTERM')
    await ended
  }
}

/** Nothing is polled but its own trail. */
const CONFIGURATION = `
sources:
  bench: { type: pulumi, organization: acme, access_token: bench, api_url: http://127.0.0.1:9, poll_every: 24h }
sinks:
  archive: { type: archive, path: ./archive.db }
server: { listen: 127.0.0.1:0 }
log: { level: error }
`
