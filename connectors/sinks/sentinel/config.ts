import { z } from 'zod'
import { entraIdentities, entraOptions } from '../../../src/lib/entra/options.ts'
import { addressUnder } from '../../../src/lib/http/options.ts'
import { httpUrl } from '../../../src/lib/options.ts'

export const config = z.strictObject({
  endpoint: httpUrl().describe(
    'Logs ingestion address of the data collection rule, or of a data collection endpoint.',
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
  auth: z
    .discriminatedUnion('type', entraIdentities)
    .prefault({ type: 'default' })
    .describe('Entra identity: `client_secret` or `default`.'),
  cloud: z
    .enum(['public', 'china', 'us_government'])
    .default('public')
    .describe('Azure cloud: which authority issues the token, and for which audience.'),
  ...entraOptions,
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.output<typeof config>

/** Audience of the token, by cloud. */
export const SCOPES = {
  public: 'https://monitor.azure.com/.default',
  china: 'https://monitor.azure.cn/.default',
  us_government: 'https://monitor.azure.us/.default',
} as const

export function ingestionAddress({ endpoint, dcr_immutable_id, stream }: Config): string {
  const path = `/dataCollectionRules/${dcr_immutable_id}/streams/${stream}`
  const url = new URL(addressUnder(endpoint, path))
  url.search = '?api-version=2023-01-01'
  return url.href
}
