/** A folder in which the program runs, with everything it talks to; `await using` stops and removes it all. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { Status } from '../../src/ops/status.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type Ended, type Program, type ProgramOptions, startProgram } from './program.ts'

export interface Site extends AsyncDisposable {
  readonly folder: string
  path(name: string): string
  /** Stops it after the test. */
  keep<It extends { stop(): Promise<void> }>(it: It): It
  defer(end: () => void): void
  /** Writes `auditferry.yaml`: an object as JSON, which is YAML; text as it is. */
  configure(config: object | string): void
  /** Runs a command to its end. */
  run(args: readonly string[], options?: Partial<ProgramOptions>): Promise<Ended>
  /** Starts a command, which is killed after the test at the latest. */
  start(args: readonly string[], options?: Partial<ProgramOptions>): Program
  /** Starts `run`; resolves once it listens. */
  serve(options?: Partial<ProgramOptions>): Promise<Served>
  /** The document of `status --json`. */
  status(): Promise<Status>
  /** Complete lines of a file; none if there is no file. */
  lines(name: string): string[]
  /** Descriptions of the events in an NDJSON file, in order. */
  delivered(name?: string): string[]
}

export interface Served extends Program {
  readonly url: string
  /** The same document over HTTP, which needs no process. */
  status(): Promise<Status>
}

export function openSite(): Site {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-e2e-'))
  const disposal = new AsyncDisposableStack()
  disposal.defer(() => rmSync(folder, { recursive: true, force: true }))
  const path = (name: string) => join(folder, name)
  const site: Site = {
    folder,
    path,
    keep: (it) => disposal.adopt(it, () => it.stop()),
    defer: (end) => disposal.defer(end),
    configure(config) {
      const text = typeof config === 'string' ? config : JSON.stringify(config, undefined, 2)
      writeFileSync(path('auditferry.yaml'), text)
    },
    run: (args, options) => site.start(args, options).ended,
    start(args, options) {
      const program = startProgram(args, { cwd: folder, ...options })
      disposal.defer(async () => {
        program.signal('SIGKILL')
        await program.ended.catch(() => {})
      })
      return program
    },
    async serve(options) {
      const program = site.start(['run'], options)
      const url = await seen(program, /"url":"(http:[^"]+)"/)
      return { ...program, url, status: () => getStatus(url) }
    },
    async status() {
      const { code, stdout, stderr } = await site.run(['status', '--json'])
      if (code !== 0) throw new Error(`status ended with ${code}: ${stderr}`)
      return JSON.parse(stdout) as Status
    },
    lines: (name) =>
      existsSync(path(name)) ? readFileSync(path(name), 'utf8').split('\n').slice(0, -1) : [],
    delivered: (name = 'out.ndjson') => site.lines(name).map((line) => JSON.parse(line).description),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  }
  return site
}

async function getStatus(url: string): Promise<Status> {
  const answer = await fetch(`${url}/api/v1/status`)
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  return (await answer.json()) as Status
}

/** Waits until the program has printed this on stderr; returns the first group. */
export async function seen(program: Program, pattern: RegExp): Promise<string> {
  const ended = program.ended.then(({ code, stderr }) => {
    throw new Error(`it ended with ${code} before it printed ${pattern}:\n${stderr}`)
  })
  const printed = eventually(() => expect(program.stderr()).toMatch(pattern))
  await Promise.race([printed, ended])
  return pattern.exec(program.stderr())?.[1] ?? ''
}

/** It listens before it has opened what it answers from. */
export async function opened({ url }: Pick<Served, 'url'>): Promise<void> {
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200))
}

/** Waits until `check` passes; otherwise fails with its last error. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: PATIENCE_MS, interval: 50 })
}
