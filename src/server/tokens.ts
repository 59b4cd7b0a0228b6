/** The tokens of the configuration, and whose they are. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { ServerConfig } from '../config/config.ts'
import type { Secret } from '../lib/secret.ts'
import type { Caller } from './route.ts'

export interface TokenOwner extends Caller {
  readonly token: Secret
}

/** The caller whose name no user may have. */
export const LOCAL_NAME = 'local'

/** `localToken` is what commands on this machine find in `engine.json`. */
export function tokenOwners({ adminToken, users = [] }: ServerConfig, localToken?: Secret): TokenOwner[] {
  return [
    ...(adminToken === undefined ? [] : [{ name: 'admin', role: 'operator' as const, token: adminToken }]),
    ...users,
    ...(localToken === undefined ? [] : [{ name: LOCAL_NAME, role: 'operator' as const, token: localToken }]),
  ]
}

/** Compares digests, and always all of them, so that the time reveals neither content, length nor owner. */
export function ownerOf(owners: readonly TokenOwner[], given: string): TokenOwner | undefined {
  const wanted = digest(given)
  const found = owners.filter(({ token }) => timingSafeEqual(wanted, digest(token.reveal())))
  return found[0]
}

/** RFC 6750, 2.1; `token X` is the form that the API of Pulumi Cloud uses. */
export function tokenIn(authorization: string | undefined): string | undefined {
  return /^(?:Bearer|token) +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
