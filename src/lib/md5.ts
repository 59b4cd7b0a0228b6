import { getFips, hash } from 'node:crypto'

/**
 * Whether the MD5 that a service tells of a body is that body's. One that is missing proves nothing against it; by the
 * rules of FIPS there is none to compare with.
 */
export function isMd5Of(body: Uint8Array, told: unknown, encoding: 'hex' | 'base64'): boolean {
  return told === undefined || getFips() === 1 || told === hash('md5', body, encoding)
}
