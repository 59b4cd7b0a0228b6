/**
 * What a package does to the whole process. What it prints with `console` would stand between the lines of a JSON document
 * or of events, so it goes to stderr. Errors that it throws where no promise carries them to us (in a timer, or as
 * the `error` of a socket that nobody listens to) would end the engine with a trace that names no sink, and
 * `process.exit` would without a word.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Console } from 'node:console'
import { syncBuiltinESMExports } from 'node:module'
import { messageOf } from '../errors.ts'

interface Guest {
  readonly name: string
  readonly receive: (error: unknown) => void
}

const guests = new AsyncLocalStorage<Guest | undefined>()

/** Runs `work` of the package `name`. Errors of what it starts that nobody catches, then or later, go to `receive`. */
export function receiveStray<T>(name: string, receive: (error: unknown) => void, work: () => T): T {
  if (!process.listeners('uncaughtException').includes(route)) {
    process.on('uncaughtException', route)
    process.on('exit', nameExit)
    // A new object in its place would leave what `node:console` gives as it was, by its name or those of its methods.
    Object.assign(console, new Console(process.stderr))
    syncBuiltinESMExports()
  }
  return guests.run({ name, receive }, work)
}

export function strayText(name: string, error: unknown): string {
  return `the package ${name} threw outside of its promises: ${messageOf(error)}`
}

function route(error: unknown): void {
  const guest = guests.getStore()
  if (guest === undefined) endAsUsual(error)
  else guests.run(undefined, () => guest.receive(error))
}

/** Within the call, so that it is known whose it is. Supervisors take 0 for the end of the work. */
function nameExit(code: number): void {
  const guest = guests.getStore()
  if (guest === undefined) return
  process.stderr.write(
    `auditferry: the package ${guest.name} ended the process: it may not call process.exit\n`,
  )
  process.exitCode = code === 0 ? 1 : code
}

/** No package's: what Node does with it if nobody listens. */
function endAsUsual(error: unknown): void {
  process.off('uncaughtException', route)
  setImmediate(() => {
    throw error
  })
}
