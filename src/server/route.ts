/** One endpoint: plain data and a function from a checked request to a reply. */

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Who may ask; `access.ts` says what each means. */
  readonly access: 'open' | 'metrics' | 'api'
  readonly summary: string
  handle(request: RouteRequest): Promise<Reply> | Reply
}

export interface RouteRequest {
  readonly query: URLSearchParams
  /** The JSON body of a POST; undefined otherwise. */
  readonly body: unknown
}

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A request that is not answered as wished: the status and why. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}
