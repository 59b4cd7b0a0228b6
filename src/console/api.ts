/** Requests to the engine: JSON over HTTP at the console's own address; errors carry the engine's message. */

/** A request that was refused or never arrived. `message` is for people. */
export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

/** `path` begins with `/api/v1/`. Throws ApiError. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { signal: signal ?? null })
}

/** `csrf` is the token of `/api/v1/me`: `usePost` supplies it. Throws ApiError. */
export function post<T>(path: string, body: unknown, csrf: string): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf }
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) })
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(path, { ...request, credentials: 'same-origin' }).catch((thrown: unknown) => {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown
    throw new ApiError(0, 'The engine does not answer')
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok && answer !== undefined) return answer as T
  throw new ApiError(response.status, wordsOf(response, answer))
}

function wordsOf(response: Response, answer: unknown): string {
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  const words = typeof error === 'string' ? error : `the engine answered ${response.status}, not JSON`
  const wait = response.headers.get('retry-after')
  return wait === null ? words : `${words} (again in ${wait} s)`
}
