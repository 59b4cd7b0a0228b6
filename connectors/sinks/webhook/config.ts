import { z } from 'zod'
import { basicAuth, bearerAuth, endpointUrl, headerName } from '../../../src/lib/http/options.ts'
import { headerSecret, isHeaderText, NO_HEADER_TEXT, secret } from '../../../src/lib/options.ts'
import type { Secret } from '../../../src/lib/secret.ts'
import { parseSigningKey } from './sign.ts'

/** Another value would break the request or its signature. */
const OWN = ['content-encoding', 'webhook-id', 'webhook-signature', 'webhook-timestamp']

const signingSecret = secret().superRefine((it, context) => {
  const fault = faultOf(it)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

const auth = z.discriminatedUnion('type', [
  bearerAuth(),
  basicAuth(),
  z.strictObject({
    type: z.literal('hmac').describe('An HMAC of the body in a header of your choice, in hex.'),
    secret: secret().describe('The key, as plain text.'),
    header: headerName([...OWN, 'content-type'])
      .default('X-Signature')
      .describe('Header that carries the HMAC.'),
    algorithm: z.enum(['sha256', 'sha512']).default('sha256').describe('Hash of the HMAC.'),
    prefix: z
      .string()
      .refine(isHeaderText, NO_HEADER_TEXT)
      .default('')
      .describe('Text in front of the HMAC, such as `sha256=`.'),
  }),
])

export const config = z
  .strictObject({
    endpoint: endpointUrl().describe('Address that the events are posted to.'),
    secret: z
      .union([signingSecret, z.array(signingSecret).min(1)])
      .transform((it) => [it].flat())
      .optional()
      .describe(
        'Signing secret of Standard Webhooks: `whsec_…` (HMAC-SHA256) or `whsk_…` (Ed25519). While rotating a list, of which each signs. Default: unsigned.',
      ),
    mode: z
      .enum(['single', 'batch', 'ndjson', 'cloudevents', 'cloudevents_batch'])
      .default('single')
      .describe('What a request holds: one event (`single`, `cloudevents`) or many.'),
    headers: z
      .record(headerName(OWN), headerSecret())
      .default({})
      .describe('Headers sent with each request. Their values are kept secret.'),
    auth: auth.optional().describe('Authentication: `bearer`, `basic` or `hmac`.'),
    compression: z
      .enum(['none', 'gzip'])
      .default('none')
      .describe('Compression of the requests. Signatures cover the body before compression.'),
  })
  .superRefine(({ auth, headers }, context) => {
    const taken = (auth?.type === 'hmac' ? auth.header : 'Authorization').toLowerCase()
    const name = auth && Object.keys(headers).find((key) => key.toLowerCase() === taken)
    if (name === undefined) return
    const message = '`auth` sets this header already: give one of the two'
    context.addIssue({ code: 'custom', path: ['headers', name], message })
  })

export type Config = z.output<typeof config>

function faultOf(it: Secret): string | undefined {
  const parsed = parseSigningKey(it.reveal())
  return typeof parsed === 'string' ? parsed : undefined
}
