import { z } from 'zod'
import { awsCredentialOptions, refineAwsCredentials } from '../../../src/lib/aws/credentials.ts'
import { awsRegion } from '../../../src/lib/aws/region.ts'
import { baseUrl, basicAuth, bearerAuth } from '../../../src/lib/http/options.ts'
import { flag, headerSecret } from '../../../src/lib/options.ts'
import type { Secret } from '../../../src/lib/secret.ts'
import { caFingerprintOption } from '../../../src/lib/tls/pinned-ca.ts'

const auth = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('api_key').describe('An API key of Elasticsearch: `Authorization: ApiKey …`.'),
    api_key: headerSecret().describe(
      'The key as Elasticsearch shows it under `encoded`, which is base64 of `id:api_key`.',
    ),
  }),
  basicAuth(),
  bearerAuth('`Authorization: Bearer …`: a service token, an OAuth or JWT token.'),
  z
    .strictObject({
      type: z.literal('sigv4').describe('Amazon OpenSearch Service: each request is signed (SigV4).'),
      region: awsRegion().describe('Region of the domain or collection, such as eu-west-1.'),
      service: z
        .enum(['es', 'aoss'])
        .default('es')
        .describe('`es` for a domain, `aoss` for a collection of OpenSearch Serverless.'),
      ...awsCredentialOptions,
    })
    .superRefine(refineAwsCredentials),
])

export const config = z
  .strictObject({
    endpoint: baseUrl().describe(
      'Address of the cluster, such as https://elastic.example:9200; a path of a proxy is kept.',
    ),
    index: z
      .string()
      .regex(
        /^[a-z0-9.][a-z0-9._-]{0,254}$/,
        'expected a name of lower-case letters, digits, and . _ - between them',
      )
      .default('logs-pulumi.audit-default')
      .describe('Data stream, alias or index that the documents are created in.'),
    auth: auth
      .optional()
      .describe('How to sign in: `api_key`, `basic`, `bearer` or `sigv4`. Default: without credentials.'),
    document_ids: flag()
      .default(true)
      .describe(
        "Uses the event's uid as `_id`, so that no event is stored twice. `false` for time series collections of OpenSearch Serverless, which refuse ids.",
      ),
    pipeline: z.string().min(1).optional().describe('Ingest pipeline for the documents.'),
    require_data_stream: flag()
      .default(false)
      .describe(
        'Pauses the sink unless `index` is a data stream. Elasticsearch 8.13 or later; not for OpenSearch.',
      ),
    ca_fingerprint: caFingerprintOption,
    compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
  })
  .refine((it) => it.document_ids || it.auth?.type === 'sigv4', {
    path: ['document_ids'],
    message: 'is only for OpenSearch Serverless (`auth: { type: sigv4, service: aoss }`): keep it true',
  })
  .refine((it) => it.ca_fingerprint === undefined || it.endpoint.startsWith('https://'), {
    path: ['ca_fingerprint'],
    message: 'needs an `endpoint` with https://',
  })

export type Config = z.output<typeof config>

/** `{endpoint}{path}`, whether the endpoint ends in a slash or not. */
export function addressOf({ endpoint }: Pick<Config, 'endpoint'>, path: string): string {
  return endpoint.replace(/\/+$/, '') + path
}

/** What a server could echo. */
export function secretsOf({ auth }: Config): Secret[] {
  switch (auth?.type) {
    case 'api_key':
      return [auth.api_key]
    case 'basic':
      return [auth.password]
    case 'bearer':
      return [auth.token]
    case 'sigv4':
      return [auth.secret_access_key, auth.session_token].filter((it) => it !== undefined)
    default:
      return []
  }
}
