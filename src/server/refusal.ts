/** The answer to a request that failed, and what is logged about it. */
import { messageOf, OperationError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { EXPORT_API } from './export-api.ts'
import { json, type Reply, RequestError } from './route.ts'

interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Circumstances that explain a failure without anybody's fault. */
interface Circumstances {
  /** The caller has gone and reads no answer. */
  readonly isGone: boolean
  /** The store is closed, or about to be. */
  readonly isClosing: boolean
}

export function refuseClosing(): RequestError {
  return new RequestError(503, 'the engine is shutting down: ask again when it runs', { connection: 'close' })
}

export function refuseUnknown(path: string): never {
  throw new RequestError(404, `there is no ${path}; / names what there is`)
}

export function replyTo(
  thrown: unknown,
  url: string | undefined,
  about: Circumstances,
  logger: Logger,
): Reply {
  const { status, message, headers = {} } = refusalOf(thrown, about, logger)
  const body = url?.startsWith(EXPORT_API) ? { code: status, message } : { error: message }
  return { ...json(body, status), headers }
}

function refusalOf(thrown: unknown, { isGone, isClosing }: Circumstances, logger: Logger): Refusal {
  if (thrown instanceof RequestError) return thrown
  if (thrown instanceof OperationError) return { status: 503, message: thrown.message }
  const reason = messageOf(thrown)
  if (isGone || isClosing) {
    logger.debug('a request was not answered', { reason })
    return isClosing ? refuseClosing() : { status: 400, message: 'the request broke off' }
  }
  logger.error('a request failed', { reason, stack: thrown instanceof Error ? thrown.stack : undefined })
  return { status: 500, message: "failed; the engine's log says why" }
}
