import { z } from 'zod'
import { httpUrl, secret } from '../../../src/lib/options.ts'

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'expected a GUID')

const auth = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('client_secret').describe('An app registration and its secret.'),
    tenant_id: guid.describe('Directory (tenant) id.'),
    client_id: guid.describe('Application (client) id.'),
    client_secret: secret().describe('Value of a client secret, not its id.'),
  }),
  z.strictObject({
    type: z
      .literal('default')
      .describe('What the machine offers: workload identity, managed identity, AZURE_… variables.'),
    client_id: guid.optional().describe('Client id of a user-assigned managed identity.'),
  }),
])

export const config = z.strictObject({
  endpoint: httpUrl().describe(
    'Logs ingestion address of the data collection rule, or that of a data collection endpoint.',
  ),
  dcr_immutable_id: z
    .string()
    .regex(/^dcr-[0-9a-f]{32}$/, 'expected dcr- and 32 hex digits')
    .describe('Immutable id of the data collection rule.'),
  stream: z
    .string()
    .regex(/^(Custom|Microsoft)-[A-Za-z0-9_]+$/, 'expected Custom-… or Microsoft-…')
    .default('Custom-PulumiAudit_CL')
    .describe('Stream of the data collection rule.'),
  auth: auth.prefault({ type: 'default' }).describe('Entra identity: `client_secret` or `default`.'),
  cloud: z
    .enum(['public', 'china', 'us_government'])
    .default('public')
    .describe('Azure cloud: which authority gives the token, and for which audience.'),
  authority: httpUrl()
    .refine((it) => it.startsWith('https://'), 'must be an https:// address: a secret travels there')
    .optional()
    .describe('Address of the Entra authority, if not that of the cloud.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.infer<typeof config>

export const CLOUDS = {
  public: { authority: 'https://login.microsoftonline.com', scope: 'https://monitor.azure.com/.default' },
  china: { authority: 'https://login.chinacloudapi.cn', scope: 'https://monitor.azure.cn/.default' },
  us_government: {
    authority: 'https://login.microsoftonline.us',
    scope: 'https://monitor.azure.us/.default',
  },
} as const

export function ingestionAddress({ endpoint, dcr_immutable_id, stream }: Config): string {
  const path = `/dataCollectionRules/${dcr_immutable_id}/streams/${stream}?api-version=2023-01-01`
  return new URL(path, endpoint).href
}
