/** From starting the process to the first event in the sink, with the demo's configuration and nothing installed anew. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Result } from './scenarios.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const PATIENCE_MS = 30_000

export async function measureStartup(): Promise<Result[]> {
  return [
    { what: 'node alone', figures: { s: await secondsOf(['--eval', '0']) } },
    { what: 'auditferry --version', figures: { s: await secondsOf([MAIN, '--version']) } },
    { what: 'auditferry start: first event', figures: { s: await secondsToFirstEvent() } },
  ]
}

async function secondsOf(args: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  await new Promise((resolve) => child.on('exit', resolve))
  return (performance.now() - startedAt) / 1000
}

async function secondsToFirstEvent(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-startup-'))
  const sink = join(folder, 'out', 'demo.ndjson')
  const { PULUMI_ACCESS_TOKEN: _, AUDITFERRY_CONFIG: __, ...env } = process.env
  const startedAt = performance.now()
  const child = spawn(process.execPath, [MAIN, 'start'], {
    cwd: folder,
    env: { ...env, AUDITFERRY_DEMO_PORT: '0' },
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  try {
    while (!existsSync(sink) || statSync(sink).size === 0) {
      if (performance.now() - startedAt > PATIENCE_MS) throw new Error('no event was delivered')
      await sleep(5)
    }
    return (performance.now() - startedAt) / 1000
  } finally {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
