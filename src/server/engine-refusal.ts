/** What an error of the engine's API means over HTTP. */
import { OperationError, UnknownIdError, UsageError } from '../errors.ts'
import { RequestError } from './route.ts'

/** Turns the engine's refusals into answers: 404 for what does not exist, 409 for what can't be done. */
export function refuse(thrown: unknown): never {
  if (thrown instanceof UnknownIdError) throw new RequestError(404, thrown.message)
  throw thrown instanceof UsageError ? new RequestError(409, thrown.message) : thrown
}

/** For routes where an OperationError means an impossible request rather than an engine in trouble: 422. */
export function refuseUndone(thrown: unknown): never {
  if (thrown instanceof OperationError) throw new RequestError(422, thrown.message)
  return refuse(thrown)
}
