/** Common options of connectors that send to an address of the user's. */
import { z } from 'zod'
import { headerSecret, httpUrl, secret } from '../options.ts'
import type { Secret } from '../secret.ts'

/** An address without user and password, since addresses end up in logs. `instead` says where these belong. */
export function endpointUrl(instead = 'put user and password into `auth`') {
  return httpUrl().refine(hasNoCredentials, `${instead}: an address ends up in logs`)
}

/** Host, port and path, to which the connector adds paths of its own. `instead` says where credentials belong. */
export function baseUrl(instead = 'user and password belong into `auth`') {
  return httpUrl().refine(isBareAddress, `give host, port and path alone; ${instead}`)
}

/** `path` below the user's address, unless that already ends in it. */
export function addressUnder(endpoint: string, path: string): string {
  const url = new URL(endpoint)
  const given = url.pathname.replace(/\/+$/, '')
  url.pathname = given.endsWith(path) ? given : given + path
  return url.href
}

/** `Authorization: Bearer …` (RFC 6750). */
export function bearerAuth(description = '`Authorization: Bearer <token>`.') {
  return z.strictObject({
    type: z.literal('bearer').describe(description),
    token: headerSecret().describe('The token.'),
  })
}

/** `Authorization: Basic …` (RFC 7617). */
export function basicAuth(
  description = '`Authorization: Basic <username:password>` (RFC 7617).',
  password = 'Password.',
) {
  return z.strictObject({
    type: z.literal('basic').describe(description),
    username: z
      .string()
      .refine((it) => !it.includes(':'), 'may not hold a colon')
      .describe('User name.'),
    password: secret().describe(password),
  })
}

/** What follows `Basic ` in the header. */
export function basicCredentials(auth: { readonly username: string; readonly password: Secret }): string {
  return Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64')
}

/** Of the connection and the length of the body: HTTP itself sets them, and undici sends no request that has another. */
const RESERVED = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]

/** Name of a header that the user sets; `own` (in lower case) are the sink's. */
export function headerName(own: readonly string[]) {
  const isReserved = (name: string) => [...RESERVED, ...own].includes(name.toLowerCase())
  return z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name')
    .refine((name) => !isReserved(name), 'is set by auditferry itself')
}

/** Text that is no URL at all is left to `httpUrl`. */
function hasNoCredentials(endpoint: string): boolean {
  const url = new URL(endpoint)
  return url.username === '' && url.password === ''
}

function isBareAddress(endpoint: string): boolean {
  const url = new URL(endpoint)
  return hasNoCredentials(endpoint) && url.search === '' && url.hash === ''
}
