import type { RouteRequest } from '../../src/server/route.ts'

/** The argument of a route, of which a test only gives what matters to it. */
export function requestOf(given: Partial<RouteRequest>): RouteRequest {
  return {
    params: {},
    query: new URLSearchParams(),
    body: undefined,
    headers: {},
    address: '127.0.0.1',
    caller: { name: 'dana', role: 'operator' },
    signal: new AbortController().signal,
    closing: new AbortController().signal,
    isStillAllowed: async () => true,
    ...given,
  }
}
