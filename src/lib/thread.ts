/** A worker thread behind functions: long work there never holds up the engine. */
import { parentPort, type Transferable, Worker } from 'node:worker_threads'
import { OperationError } from '../errors.ts'
import { createTurns } from './turns.ts'

/** Each order names its kind; the last one is `close`. */
export interface Close {
  readonly kind: 'close'
}

export interface Thread<Order> {
  /** Throws what the order threw, with `errcode` for SQLite's errors. Orders run one after the other. */
  ask(order: Order, transfer?: readonly Transferable[]): Promise<unknown>
  /** Whether it was closed or died: then it refuses every order. */
  hasEnded(): boolean
  close(): Promise<void>
}

type Request<Order> = { readonly id: number } & (Order | Close)

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: {
    readonly name: string
    readonly message: string
    readonly code: string | undefined
    readonly errcode: number | undefined
  }
}

/** `script` calls {@link serveThread}; `what` names, for a reason, what ends with the thread. */
export function startThread<Order>(script: URL, what: string, workerData?: unknown): Thread<Order> {
  const worker = new Worker(script, { workerData })
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
      end(new Error(`${what} is closed`))
      resolve()
    })
  })
  worker.unref()

  const ask = (order: Order | Close, transfer: readonly Transferable[] = []) => {
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
    hasEnded: () => ended !== undefined || closing !== undefined,
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** In the thread: runs one order after the other, even if one has to wait. */
export function serveThread<Order>(
  serve: (order: Order | Close) => unknown,
  handedOver: (result: unknown) => ArrayBuffer[],
): void {
  const port = parentPort
  if (port === null) return
  const inTurn = createTurns()
  const answerTo = async (request: Request<Order>) => {
    let answer: Answer
    try {
      answer = { id: request.id, result: await serve(request) }
      if ('kind' in request && request.kind === 'close') port.close()
    } catch (error) {
      const { message, code, errcode, name } = error as Error & { code?: string; errcode?: number }
      answer = { id: request.id, error: { name, message, code, errcode } }
    }
    port.postMessage(answer, handedOver(answer.result))
  }
  port.on('message', (request: Request<Order>) => void inTurn(() => answerTo(request)))
}

function thrown({ name, message, code, errcode }: NonNullable<Answer['error']>): Error {
  if (name === 'OperationError') return new OperationError(message)
  return Object.assign(new Error(message), { code, errcode })
}
