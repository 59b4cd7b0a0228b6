/**
 * Errors that a package throws where no promise carries them to us: in a timer, or as the `error` of a socket that nobody
 * listens to. They would end the engine, with a trace that names no sink.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { messageOf } from '../errors.ts'

const receivers = new AsyncLocalStorage<(error: unknown) => void>()

/** Runs `work`. Errors of what it starts that nobody catches, then or later, go to `receive`. */
export function receiveStray<T>(receive: (error: unknown) => void, work: () => T): T {
  if (!process.listeners('uncaughtException').includes(route)) process.on('uncaughtException', route)
  return receivers.run(receive, work)
}

export function strayText(name: string, error: unknown): string {
  return `the package ${name} threw outside of its promises: ${messageOf(error)}`
}

function route(error: unknown): void {
  const receive = receivers.getStore()
  if (receive === undefined) endAsUsual(error)
  else receive(error)
}

/** No package's: what Node does with it if nobody listens. */
function endAsUsual(error: unknown): void {
  process.off('uncaughtException', route)
  setImmediate(() => {
    throw error
  })
}
