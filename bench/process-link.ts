/** Servers of the bench run in processes of their own; the parent asks them by name over Node's IPC channel. */
import { type ChildProcess, fork } from 'node:child_process'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import node from '../src/cli/node-flags.json' with { type: 'json' }

export interface Linked {
  readonly url: string
  ask(name: string): Promise<unknown>
  stop(): Promise<void>
}

/** In the child: listens, tells where, and answers questions until the parent is gone. */
export function answerParent(server: Server, answers: Answers): void {
  server.listen(0, '127.0.0.1', () => answerFrom((server.address() as AddressInfo).port, answers))
}

/** The same for a process whose server listens already, or that has none. */
export function answerFrom(port: number, answers: Answers): void {
  process.on('message', async (name: string) => process.send?.({ answer: (await answers[name]?.()) ?? null }))
  process.on('disconnect', () => process.exit())
  process.send?.({ port })
}

type Answers = Readonly<Record<string, () => unknown>>

/** In the parent. They get their memory as the engine does: what it costs is no matter of theirs. */
export async function startLinked(
  file: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Linked> {
  const execArgv = [...process.execArgv, ...flags]
  const env = { ...process.env, ...node.environment }
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv, env })
  const { port } = (await message(child)) as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    async ask(name) {
      child.send(name)
      return ((await message(child)) as { answer: unknown }).answer
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.disconnect()
      }),
  }
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a process of the bench ended early'))
    child.once('exit', onExit)
    child.once('message', (value) => {
      child.off('exit', onExit)
      resolve(value)
    })
  })
}
