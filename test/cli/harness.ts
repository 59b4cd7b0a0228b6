import { PassThrough } from 'node:stream'
import { Command } from 'commander'
import type { Seams } from '../../src/cli/seams.ts'
import { deadLetterLines } from '../../src/engine/dead-letter-lines.ts'
import { createFakeEngine, type FakeEngine } from '../server/fake-engine.ts'

interface Harness {
  readonly engine: FakeEngine
  /** Runs one command line and returns what it printed. */
  run(...args: string[]): Promise<string>
  /** What is typed; makes standard input and output a terminal. */
  type(text: string): void
  /** What a pipe delivers on standard input, up to its end. */
  pipe(text: string): void
  running: boolean
  closed: number
}

export function createHarness(register: (program: Command, seams: Seams) => void): Harness {
  const engine = createFakeEngine()
  let typed: string | undefined
  let piped: string | undefined
  const harness: Harness = {
    engine,
    running: true,
    closed: 0,
    type(text) {
      typed = text
    },
    pipe(text) {
      piped = text
    },
    async run(...args) {
      const isTTY = typed !== undefined
      const stdout = Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 30 })
      const stdin = Object.assign(new PassThrough(), { isTTY })
      if (typed !== undefined) stdin.write(typed)
      if (piped !== undefined) stdin.end(piped)
      const printed: Buffer[] = []
      stdout.on('data', (chunk) => printed.push(chunk))
      const program = new Command().exitOverride().configureOutput({ writeErr() {} })
      register(program, {
        stdin,
        stdout,
        env: {},
        now: () => Date.parse('2026-11-22T21:46:52Z'),
        open: async () => ({
          api: { ...engine, exportDeadLetters: (query) => deadLetterLines(engine, query) },
          running: harness.running,
          close: async () => {
            harness.closed++
          },
        }),
      })
      await program.parseAsync(args, { from: 'user' })
      return Buffer.concat(printed).toString()
    },
  }
  return harness
}
