import { getFips, hash } from 'node:crypto'

/** Undefined in FIPS mode, which does not allow MD5. */
export function md5Of(body: Uint8Array, encoding: 'hex' | 'base64'): string | undefined {
  return getFips() === 1 ? undefined : hash('md5', body, encoding)
}

/** Whether the MD5 in a service's answer is that of the body. An answer without one is believed. */
export function isMd5Of(body: Uint8Array, claimed: unknown, encoding: 'hex' | 'base64'): boolean {
  return claimed === undefined || claimed === (md5Of(body, encoding) ?? claimed)
}
