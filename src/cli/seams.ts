/** Where a command touches the world; tests hand in their own. */
import type { Readable, Writable } from 'node:stream'
import { indentedJson } from '../lib/json-text.ts'
import { harmlessJson } from '../lib/printable.ts'
import { openEngineApi } from './engine-access.ts'
import { createPaint, type Paint } from './terminal.ts'

export interface Seams {
  readonly open: typeof openEngineApi
  readonly stdin: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => number
}

export const processSeams: Seams = {
  open: openEngineApi,
  stdin: process.stdin,
  stdout: process.stdout,
  env: process.env,
  now: Date.now,
}

export function print(seams: Seams, lines: readonly string[]): void {
  seams.stdout.write(`${lines.join('\n')}\n`)
}

/** `--json`: one document. */
export function printJson(seams: Seams, value: unknown): void {
  seams.stdout.write(`${harmlessJson(indentedJson(value) ?? 'null')}\n`)
}

/** The same for `{ name: [ … ] }`, written as its members come: memory holds one page. */
export async function printMembers(
  seams: Seams,
  name: string,
  pages: AsyncIterable<readonly unknown[]>,
): Promise<void> {
  let lead = `{\n  "${name}": [`
  let end = ']\n}\n'
  for await (const page of pages) {
    for (const value of page) {
      const text = harmlessJson(indentedJson(value) ?? 'null').replaceAll('\n', '\n    ')
      seams.stdout.write(`${lead}\n    ${text}`)
      lead = ','
      end = '\n  ]\n}\n'
    }
  }
  seams.stdout.write(lead === ',' ? end : lead + end)
}

/** Runs `use` with an open engine API and closes it again. */
export async function withEngine<Result>(
  seams: Seams,
  configFile: string | undefined,
  use: (engine: Awaited<ReturnType<Seams['open']>>) => Promise<Result>,
): Promise<Result> {
  const engine = await seams.open(configFile)
  try {
    return await use(engine)
  } finally {
    await engine.close()
  }
}

export function screenOf({ stdout, env }: Seams): { width: number; paint: Paint } {
  const colours = stdout.isTTY === true && !env.NO_COLOR
  return { width: Math.max(stdout.columns ?? 80, 40), paint: createPaint(colours) }
}
