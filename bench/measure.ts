/** Runs a program as a process of its own and tells what that process used. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Usage {
  /** User and system time of all threads. */
  readonly cpuSeconds: number
  readonly peakMiB: number
  readonly wallSeconds: number
}

export interface Measured extends Usage {
  readonly exitCode: number | null
}

const USAGE = new URL('usage.ts', import.meta.url).href

/** `AUDITFERRY_BENCH_NODE` adds flags of Node, such as `--cpu-prof`; `AUDITFERRY_BENCH_EXEC` a program in its place (perf). */
export async function measure(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-usage-'))
  const file = join(folder, 'usage.json')
  const nodeArgs = (process.env.AUDITFERRY_BENCH_NODE ?? '').split(' ').filter((arg) => arg !== '')
  const child = spawn(
    process.env.AUDITFERRY_BENCH_EXEC ?? process.execPath,
    [...nodeArgs, '--import', USAGE, ...args],
    {
      cwd,
      env: { ...process.env, ...env, AUDITFERRY_BENCH_USAGE: file },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('exit', resolve)
      child.on('error', reject)
    })
    return { ...(JSON.parse(readFileSync(file, 'utf8')) as Usage), exitCode }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
