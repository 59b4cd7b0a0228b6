/** Options to log in to Azure through Microsoft Entra. */
import { z } from 'zod'
import { httpUrl, secret } from '../options.ts'
import type { Secret } from '../secret.ts'

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'expected a GUID')

/** Members of the union `auth`, by `type`. */
export const entraIdentities = [
  z.strictObject({
    type: z.literal('client_secret').describe('An app registration and its secret.'),
    tenant_id: guid.describe('Directory (tenant) id.'),
    client_id: guid.describe('Application (client) id.'),
    client_secret: secret().describe('Value of a client secret, not its id.'),
  }),
  z.strictObject({
    type: z
      .literal('default')
      .describe('The machine’s identity: workload identity, managed identity, AZURE_… variables.'),
    client_id: guid.optional().describe('Client id of a user-assigned managed identity.'),
  }),
] as const

/** For the shape of a sink's options, beside `auth`. */
export const entraOptions = {
  authority: httpUrl()
    .refine((it) => it.startsWith('https://'), 'must be an https:// address: a secret travels there')
    .optional()
    .describe('Address of the Entra authority, if not the cloud’s.'),
}

export type AzureCloud = keyof typeof AUTHORITIES

export interface EntraConfig {
  readonly auth:
    | {
        readonly type: 'client_secret'
        readonly tenant_id: string
        readonly client_id: string
        readonly client_secret: Secret
      }
    | { readonly type: 'default'; readonly client_id?: string | undefined }
  readonly cloud: AzureCloud
  readonly authority?: string | undefined
}

export const AUTHORITIES = {
  public: 'https://login.microsoftonline.com',
  china: 'https://login.chinacloudapi.cn',
  us_government: 'https://login.microsoftonline.us',
} as const
