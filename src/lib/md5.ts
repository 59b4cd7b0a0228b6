import { getFips, hash } from 'node:crypto'

/** Undefined by the rules of FIPS, which know none. */
export function md5Of(body: Uint8Array, encoding: 'hex' | 'base64'): string | undefined {
  return getFips() === 1 ? undefined : hash('md5', body, encoding)
}

/** Whether the MD5 that a service tells of a body is that body's. One that is missing proves nothing against it. */
export function isMd5Of(body: Uint8Array, told: unknown, encoding: 'hex' | 'base64'): boolean {
  return told === undefined || told === (md5Of(body, encoding) ?? told)
}
