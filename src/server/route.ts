/** One endpoint: plain data and a function from a checked request to a reply. */
import type { IncomingHttpHeaders } from 'node:http'
import { jsonText } from '../lib/json-text.ts'

/** A viewer looks; an operator changes things too. */
export type Role = 'viewer' | 'operator'

export interface Route {
  readonly method: 'GET' | 'POST'
  /** A segment `{name}` stands for any one segment. */
  readonly path: string
  /** Who may ask; `access.ts` says what each means. */
  readonly access: 'open' | 'metrics' | Role
  readonly summary: string
  /** Names of the parameters that it knows: one more is refused. */
  readonly parameters?: readonly string[]
  /** One more is ignored instead, and not written down: whoever asks may have to send parameters of others. */
  readonly ignoresOthers?: true
  /** The body may be NDJSON, too; it is handed over as it came, in a Buffer. */
  readonly takesLines?: true
  /** The answer streams, as long as whoever asked reads: so many are sent at once. */
  readonly sendsFile?: true
  handle(request: RouteRequest): Promise<Reply> | Reply
}

/** Who asks. */
export interface Caller {
  /** Name of the user; `admin` with the admin token, `local` without any on loopback. */
  readonly name: string
  readonly role: Role
}

export interface RouteRequest {
  /** What stands for the `{name}` segments, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The JSON body of a POST, or its lines; undefined otherwise. */
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
  /** Of whoever asks: IP. */
  readonly address: string
  /** Of an `open` or `metrics` route it may be nobody. */
  readonly caller: Caller | undefined
  /** Aborts when whoever asked has gone. */
  readonly signal: AbortSignal
  /** Aborts when the server is about to close: for an answer that would never end. */
  readonly closing: AbortSignal
  /** Whether whoever asked would be let in anew: for an answer that outlasts a session. */
  readonly isStillAllowed: () => Promise<boolean>
}

export interface Reply {
  readonly status: number
  /** Why what was asked for did not come about, where the status does not say so. */
  readonly failure?: string
  readonly type: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Pieces are sent as they come, compressed where the caller takes gzip. */
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>
}

/** A request that is not answered as wished: the status and why. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Who is refused, where that is known before the request is anybody's. */
  readonly caller: Caller | undefined

  constructor(
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    caller?: Caller,
  ) {
    super(message)
    this.status = status
    this.headers = headers
    this.caller = caller
  }
}

export function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${jsonText(value)}\n` }
}

/** Undefined where nothing is at that path. */
export function findRoute(routes: readonly Route[], method: string, path: string) {
  const there = routes.flatMap((route) => {
    const params = matchPath(route.path, path)
    return params === undefined ? [] : [{ route, params }]
  })
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = there.find(({ route }) => route.method === wanted)
  if (found || there.length === 0) return found
  // RFC 9110, 9.3.2: whoever answers GET answers HEAD.
  const taken = there.flatMap(({ route: { method } }) => (method === 'GET' ? ['GET', 'HEAD'] : method))
  const allow = [...new Set(taken)].join(', ')
  throw new RequestError(405, `${path} takes ${allow}`, { allow })
}

/** The parameters when the path is one of the pattern's, undefined otherwise. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const text = given[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (name === undefined && segment !== text) return undefined
    if (name !== undefined) {
      if (text === '') return undefined
      params[name] = decoded(text)
    }
  }
  return params
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new RequestError(400, 'the address is malformed')
  }
}
