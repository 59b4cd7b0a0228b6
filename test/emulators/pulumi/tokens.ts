/** Continuation tokens in each of the shapes that have been seen or must be expected. */
import type { Position } from './page.ts'
import type { Switches } from './switches.ts'

export interface Tokens {
  /** The token of a page that ended there; undefined if there are no tokens. */
  issue(last: Position, shuffle: number | undefined, switches: Switches): string | undefined
  /** Undefined for an unknown or expired token, which the API answers with 400. */
  redeem(token: string, switches: Switches): Resumption | undefined
  /** Expires every token issued so far. */
  expire(): void
}

interface Resumption {
  readonly top: number
  readonly after?: Position
  readonly shuffle?: number | undefined
}

export function createTokens(now: () => number): Tokens {
  const issuedAt = new Map<string, number>()

  return {
    issue(last, shuffle, switches) {
      const token = write(last, shuffle, switches)
      if (token !== undefined) issuedAt.set(token, now())
      return token
    },
    redeem(token, switches) {
      const at = issuedAt.get(token)
      const isValid = at !== undefined && now() - at <= switches.tokenLifetimeMs
      return isValid ? read(token, switches) : undefined
    },
    expire: () => issuedAt.clear(),
  }
}

function write(last: Position, shuffle: number | undefined, switches: Switches): string | undefined {
  switch (switches.tokens) {
    case 'none':
      return undefined
    case 'second':
      return `${last.second}`
    case 'json':
      return base64({ timestamp: last.second })
    case 'position':
      return base64([last.second, last.rank, shuffle ?? null])
  }
}

function read(token: string, switches: Switches): Resumption | undefined {
  const fromSecond = (second: number) => ({ top: switches.secondTokens === 'repeat' ? second : second - 1 })
  if (/^\d+$/.test(token)) return fromSecond(Number(token))
  const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
  if (!Array.isArray(value)) return fromSecond((value as { timestamp: number }).timestamp)
  const [second, rank, shuffle] = value
  return { top: second, after: { second, rank }, shuffle: shuffle ?? undefined }
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
