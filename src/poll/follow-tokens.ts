/** The way from page to page by continuation tokens. They are opaque, so they may lead back, or on for ever. */
import type { ReadRequest } from '../connector.ts'

/** How many are followed before a source that never ends them is given up. */
export const MOST_PAGES = 10_000

/** Why no page follows: there is no token, it was followed before, or too many were. */
type NoPage = 'end' | 'circle' | 'endless'

/** Answers what to ask for the page that a token of `request`'s answers leads to. */
export function followTokens(request: ReadRequest): (token: string | undefined) => ReadRequest | NoPage {
  const followed = new Set(request.token === undefined ? [] : [request.token])
  return (token) => {
    if (token === undefined) return 'end'
    if (followed.has(token)) return 'circle'
    if (followed.size >= MOST_PAGES) return 'endless'
    followed.add(token)
    return { ...request, token }
  }
}
