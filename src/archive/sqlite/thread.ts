/** A thread with a connection to an archive, as functions. */
import { type Transferable, Worker } from 'node:worker_threads'
import { OperationError } from '../../errors.ts'
import type { Answer, Order, ThreadData } from './messages.ts'

export interface Thread {
  /** Throws what the order came to; of SQLite's errors, with `errcode`. Orders are done one after the other. */
  ask(order: Order, transfer?: readonly Transferable[]): Promise<unknown>
  close(): Promise<void>
}

export function startThread(data: ThreadData): Thread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: data })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let next = 0
  let ended: Error | undefined
  let closing: Promise<void> | undefined

  worker.on('message', ({ id, result, error }: Answer) => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    if (error === undefined) asked?.resolve(result)
    else asked?.reject(thrown(error))
  })
  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  worker.on('error', end)
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end(new Error('the archive is closed'))
      resolve()
    })
  })
  worker.unref()

  const ask = (order: Order, transfer: readonly Transferable[] = []) => {
    if (ended !== undefined) return Promise.reject(ended)
    const asked = Promise.withResolvers<unknown>()
    waiting.set(next, asked)
    worker.ref()
    worker.postMessage({ ...order, id: next++ }, transfer)
    return asked.promise
  }

  async function close() {
    await ask({ kind: 'close' }).catch(() => undefined)
    worker.ref()
    await worker.terminate()
    await exited
  }

  return {
    ask,
    close() {
      closing ??= close()
      return closing
    },
  }
}

function thrown({ name, message, code, errcode }: NonNullable<Answer['error']>): Error {
  if (name === 'OperationError') return new OperationError(message)
  return Object.assign(new Error(message), { code, errcode })
}
