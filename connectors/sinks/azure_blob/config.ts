import { z } from 'zod'
import { entraIdentities, entraOptions } from '../../../src/lib/entra/options.ts'
import { headerSecret, httpUrl } from '../../../src/lib/options.ts'
import { objectOptions } from '../../../src/lib/sinks/hour-objects.ts'
import { accessOf, isAccountKey, isSas } from './encode.ts'

const auth = z.discriminatedUnion('type', [
  ...entraIdentities,
  z.strictObject({
    type: z.literal('shared_key').describe('An access key of the storage account.'),
    account_key: headerSecret()
      .refine((it) => isAccountKey(it.reveal()), 'expected the Base64 text of an access key')
      .describe('The access key, key1 or key2.'),
  }),
  z.strictObject({
    type: z.literal('sas').describe('A shared access signature.'),
    sas_token: headerSecret()
      .refine((it) => isSas(it.reveal()), 'expected a token such as sv=…&sig=…, without the address')
      .describe('The token, with or without its question mark.'),
  }),
  z.strictObject({
    type: z.literal('connection_string').describe('A connection string of the storage account.'),
    connection_string: headerSecret()
      .refine(
        (it) => accessOf(it.reveal()) !== undefined,
        'expected AccountName and AccountKey, or BlobEndpoint and SharedAccessSignature',
      )
      .describe('As the portal shows it; it holds address, account and key or signature.'),
  }),
])

export const config = z
  .strictObject({
    account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'expected 3 to 24 small letters and digits, no address')
      .optional()
      .describe('Name of the storage account. Not needed with a connection string.'),
    container: z
      .string({ error: 'expected the name of a container' })
      .regex(
        /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
        'expected a name alone, no https:// and no path: 3 to 63 small letters and digits, with single `-` between them',
      )
      .describe('Container that the blobs are written to.'),
    ...objectOptions,
    auth: auth
      .prefault({ type: 'default' })
      .describe('`client_secret` or `default` (Entra), `shared_key`, `sas` or `connection_string`.'),
    endpoint: httpUrl()
      .optional()
      .describe(
        'Address of the blob service; default: that of `account` in `cloud`, or of the connection string.',
      ),
    cloud: z
      .enum(['public', 'china', 'us_government'])
      .default('public')
      .describe('Azure cloud: which host the account is on, and which authority issues the token.'),
    ...entraOptions,
  })
  .refine((it) => it.account !== undefined || it.auth.type === 'connection_string', {
    message: 'is missing: only a connection string has it',
    path: ['account'],
  })

export type Config = z.output<typeof config>
