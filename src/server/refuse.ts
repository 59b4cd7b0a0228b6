import { OperationError, UnknownIdError, UsageError } from '../errors.ts'
import { RequestError } from './route.ts'

/** What the engine says of a request that it does not do: 404 for what is not there, 409 for what can't be done. */
export function refuse(thrown: unknown): never {
  if (thrown instanceof UnknownIdError) throw new RequestError(404, thrown.message)
  throw thrown instanceof UsageError ? new RequestError(409, thrown.message) : thrown
}

/** Where it is the request that can't be done, not the engine that is out of order: 422. */
export function refuseUndone(thrown: unknown): never {
  if (thrown instanceof OperationError) throw new RequestError(422, thrown.message)
  return refuse(thrown)
}
