import { z } from 'zod'
import { headerSecret, httpUrl, secret } from '../../../src/lib/options.ts'

const RESERVED = new Set(['connection', 'content-encoding', 'content-length', 'content-type', 'host'])

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name')
  .refine((name) => !RESERVED.has(name.toLowerCase()), 'is set by auditferry itself')

const auth = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('bearer').describe('`Authorization: Bearer <token>`.'),
    token: headerSecret().describe('The token.'),
  }),
  z.strictObject({
    type: z.literal('basic').describe('`Authorization: Basic <username:password>` (RFC 7617).'),
    username: z
      .string()
      .refine((it) => !it.includes(':'), 'may not hold a colon')
      .describe('User name.'),
    password: secret().describe('Password.'),
  }),
])

export const config = z.strictObject({
  endpoint: httpUrl()
    .refine(hasNoCredentials, 'put user and password into `auth`: an address ends up in logs')
    .describe(
      'Base address of the receiver, such as http://collector.example:4318. `/v1/logs` is added unless it ends so.',
    ),
  encoding: z
    .enum(['protobuf', 'json'])
    .default('protobuf')
    .describe(
      'Encoding of the requests. Every receiver should take both; `protobuf` is the more common one.',
    ),
  auth: auth.optional().describe('Authentication: `bearer` or `basic`.'),
  headers: z
    .record(headerName, headerSecret())
    .default({})
    .describe('Headers sent with each request. Their values are kept secret.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.infer<typeof config>

export function logsAddress(endpoint: string): string {
  const url = new URL(endpoint)
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith('/v1/logs') ? path : `${path}/v1/logs`
  return url.href
}

/** What is no URL at all is `httpUrl`'s to tell. */
function hasNoCredentials(endpoint: string): boolean {
  const url = URL.parse(endpoint)
  return url === null || (url.username === '' && url.password === '')
}
