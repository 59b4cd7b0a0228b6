import { z } from 'zod'
import { baseUrl, basicAuth, basicCredentials, bearerAuth } from '../../../src/lib/http/options.ts'
import { flag, isHeaderText, NO_HEADER_TEXT } from '../../../src/lib/options.ts'
import { Secret } from '../../../src/lib/secret.ts'

const auth = z.discriminatedUnion('type', [
  basicAuth(
    'User and password of a gateway; on Grafana Cloud the user is a number.',
    'Password, or the token of Grafana Cloud.',
  ),
  bearerAuth(),
])

const labelName = z
  .string()
  .regex(
    /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
    'is not the name of a label: letters, digits and _, no __ in front',
  )
  .refine((name) => !OWN_LABELS.has(name), 'is set by auditferry itself')

/** Loki takes at most 15: these, those of `label_by`, and `late`. */
const MOST_LABELS = 9

export const LABEL_FIELDS = ['organization', 'source', 'category', 'severity', 'outcome'] as const
const OWN_LABELS = new Set<string>([...LABEL_FIELDS, 'late'])

export const config = z.strictObject({
  endpoint: baseUrl().describe(
    'Address of Loki or its gateway, such as https://loki.example:3100. `/loki/api/v1/push` is added unless it ends in `/push`.',
  ),
  tenant: z
    .string()
    .min(1)
    .refine(isHeaderText, NO_HEADER_TEXT)
    .optional()
    .describe('Tenant, sent as `X-Scope-OrgID`.'),
  auth: auth.optional().describe('How to sign in: `basic` or `bearer`. Loki itself asks for nothing.'),
  labels: z
    .record(labelName, z.string().min(1).max(1024))
    .refine((it) => Object.keys(it).length <= MOST_LABELS, `takes ${MOST_LABELS} labels at most`)
    .default({ service_name: 'pulumi-cloud' })
    .describe('Labels of every stream.'),
  label_by: z
    .array(z.enum(LABEL_FIELDS))
    .min(1)
    .default(['organization'])
    .describe('Fields of the event that become labels. Each value is a stream of its own, so keep them few.'),
  structured_metadata: flag()
    .default(true)
    .describe(
      'Send the uid as structured metadata. `false` for a Loki that has it switched off (before 3.0 it is).',
    ),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.output<typeof config>

export function pushAddress({ endpoint }: Pick<Config, 'endpoint'>): string {
  const given = endpoint.replace(/\/+$/, '')
  return given.endsWith('/push') ? given : `${given}/loki/api/v1/push`
}

/** Headers of every request; `secretsOf` returns the secret ones too. */
export function headersOf({ tenant, auth }: Config): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
    ...(auth?.type === 'basic' && { authorization: `Basic ${basicCredentials(auth)}` }),
    ...(auth?.type === 'bearer' && { authorization: `Bearer ${auth.token.reveal()}` }),
  }
}

export function secretsOf({ auth }: Config): Secret[] {
  if (auth === undefined) return []
  return auth.type === 'bearer' ? [auth.token] : [new Secret(() => basicCredentials(auth)), auth.password]
}
