/** The program as a child process, started as an operator starts it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

export interface Program {
  readonly pid: number
  stdout(): string
  stderr(): string
  signal(name: NodeJS.Signals): void
  /** Stops reading, as `head` does when it has enough. */
  closeStdout(): void
  /** Resolves when the program has ended. Rejects if it printed a stack trace: no operator may ever see one. */
  readonly ended: Promise<Ended>
}

export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Runs as another user; takes root. */
  readonly uid?: number
  /** Standard input; empty if left out. */
  readonly input?: string
}

const LAUNCHER = resolve('src/cli/auditferry.mjs')
/** The tests' own environment must not configure the program. */
const FOREIGN = /^(PULUMI_|AUDITFERRY_|AWS_|SPLUNK_)/

export function startProgram(args: readonly string[], options: ProgramOptions): Program {
  const { cwd, uid } = options
  const child = spawn(LAUNCHER, args, {
    cwd,
    env: { ...ownEnvironment(), ...options.env },
    stdio: 'pipe',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  child.stdin.end(options.input ?? '')
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    if (printed.stderr.includes('    at ')) throw new Error(`a stack trace was printed:\n${printed.stderr}`)
    return { code: code as number | null, ...printed }
  })
  // Callers that wait for the end see the rejection; a test that failed before doesn't wait.
  ended.catch(() => {})
  return {
    pid: child.pid ?? 0,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    signal: (name) => void child.kill(name),
    closeStdout: () => void child.stdout.destroy(),
    ended,
  }
}

/** Whether the process exists, even if it has ended and was not waited for. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)))
}
