import { z } from 'zod'
import { addressUnder } from '../../../src/lib/http/options.ts'
import { headerSecret, httpUrl } from '../../../src/lib/options.ts'

const SITES = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const

/** Datadog's rules for tags ("Getting Started with Tags"); a comma would begin another tag. */
const tagText = z.string().regex(/^[\p{L}\p{N}_\-:./]{1,200}$/u, 'letters, digits, _ - : . / only')

export const config = z.strictObject({
  site: z.enum(SITES).default('datadoghq.com').describe('Datadog site of the organisation.'),
  api_key: headerSecret().describe('API key (not an application key).'),
  service: z.string().min(1).default('pulumi-cloud').describe('Reserved attribute `service`.'),
  source: z
    .string()
    .min(1)
    .default('pulumi')
    .describe('Reserved attribute `ddsource`: which pipeline Datadog chooses.'),
  hostname: z.string().min(1).optional().describe('Reserved attribute `hostname`.'),
  tags: z
    .record(tagText, tagText)
    .default({})
    .describe('Tags of each event, `name: value`, beside `organization` and `source`.'),
  endpoint: httpUrl()
    .optional()
    .describe('Address of the intake, if not the site’s: a private link, a proxy of your own.'),
  api_endpoint: httpUrl()
    .optional()
    .describe('Address of the API that `check` asks about the key, if not the site’s.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.output<typeof config>

export function addressesOf({ site, endpoint, api_endpoint }: Config): { intake: string; validate: string } {
  const intake = endpoint ?? `https://http-intake.logs.${site}`
  return {
    intake: addressUnder(intake, '/api/v2/logs'),
    validate: addressUnder(api_endpoint ?? `https://api.${site}`, '/api/v1/validate'),
  }
}
