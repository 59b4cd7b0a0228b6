import { z } from 'zod'
import { flag, httpUrl, secret, size } from '../../../src/lib/options.ts'
import type { Secret } from '../../../src/lib/secret.ts'

const login = {
  username: z.string().min(1, 'is empty').describe('User name. `$ConnectionString` for Azure Event Hubs.'),
  password: secret().describe('Password. The connection string for Azure Event Hubs.'),
}

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.literal('plain').describe('User and password as they are: use it over TLS alone.'),
    ...login,
  }),
  z.strictObject({ mechanism: z.literal('scram-sha-256').describe('SCRAM with SHA-256.'), ...login }),
  z.strictObject({ mechanism: z.literal('scram-sha-512').describe('SCRAM with SHA-512.'), ...login }),
  z
    .strictObject({
      mechanism: z.literal('oauthbearer').describe('A token of an identity provider (RFC 7628).'),
      token: secret()
        .optional()
        .describe('The token itself; in a secret file it is read anew for each connection.'),
      token_url: httpUrl()
        .optional()
        .describe('Where to fetch tokens instead, by the grant client_credentials.'),
      client_id: z.string().min(1).optional().describe('Client id for `token_url`.'),
      client_secret: secret().optional().describe('Client secret for `token_url`.'),
      scope: z.string().min(1).optional().describe('Scope that is asked for at `token_url`.'),
      extensions: z
        .record(z.string(), z.string().regex(/^[\t\n\r\x20-\x7e]+$/, 'expected visible ASCII characters'))
        .refine(
          (it) => Object.keys(it).every((name) => /^(?!auth$)[A-Za-z]+$/.test(name)),
          'names are made of letters, and `auth` is taken',
        )
        .default({})
        .describe('SASL extensions that are sent beside the token, such as `logicalCluster`.'),
    })
    .refine((it) => (it.token === undefined) !== (it.token_url === undefined), {
      path: ['token'],
      message: 'give either `token`, or `token_url` with `client_id` and `client_secret`',
    })
    .refine((it) => it.token_url === undefined || (it.client_id && it.client_secret), {
      path: ['token_url'],
      message: 'needs `client_id` and `client_secret` beside it',
    }),
])

export const config = z.strictObject({
  brokers: z
    .array(z.string().refine(isBroker, 'expected host:port, without a scheme'))
    .min(1, 'name a broker at least')
    .describe(
      'Brokers to begin with, `host:port` each; the others are learned from them. Two or three, so that one may be down.',
    ),
  topic: z
    .string()
    .regex(/^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/, 'expected up to 249 letters, digits, and . _ -')
    .describe('Topic that the events are written to. It must be there: none is made.'),
  encryption: z
    .enum(['tls', 'none'])
    .default('tls')
    .describe('Whether the brokers are spoken to by TLS. `none` is for a network that you trust.'),
  sasl: sasl
    .optional()
    .describe(
      'How to sign in: `plain`, `scram-sha-256`, `scram-sha-512` or `oauthbearer`. A client certificate goes into `tls`.',
    ),
  key: z
    .enum(['organization', 'stack', 'event_uid', 'none'])
    .default('organization')
    .describe(
      'Key of the records, which chooses the partition. `organization` keeps the order of a whole log, `stack` that of each stack; `event_uid` lets a compacted topic keep one copy of an event; `none` spreads batches over the partitions.',
    ),
  compression: z
    .enum(['gzip', 'zstd', 'lz4', 'snappy', 'none'])
    .default('gzip')
    .describe('Compression of the record batches. Event Hubs takes `none`, in its upper tiers `gzip` too.'),
  max_message_bytes: size({ min: '1KiB', max: '64MiB' })
    .prefault('1000000B')
    .describe(
      'Largest request before compression: not above `max.message.bytes` of the topic, and below 1046528 bytes for Event Hubs. A single event that is larger is rejected.',
    ),
  idempotent: flag()
    .default(true)
    .describe(
      'Number the batches, so that no repetition inside of the protocol makes a double. Brokers before Kafka 3.0 want the right IdempotentWrite for it.',
    ),
  client_id: z
    .string()
    .regex(/^[!-~]{1,249}$/, 'expected visible ASCII characters')
    .default('auditferry')
    .describe('Client id that brokers show in logs and quotas.'),
})

export type Config = z.output<typeof config>
export type Sasl = NonNullable<Config['sasl']>

export interface Broker {
  readonly host: string
  readonly port: number
}

export function brokersOf({ brokers }: Pick<Config, 'brokers'>): Broker[] {
  return brokers.map((text) => {
    const { hostname, port } = new URL(`tcp://${text}`)
    return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
  })
}

/** What a broker or an identity provider could quote back. */
export function secretsOf(sasl: Config['sasl']): readonly Secret[] {
  if (sasl === undefined) return []
  if (sasl.mechanism !== 'oauthbearer') return [sasl.password]
  return [sasl.token, sasl.client_secret].filter((it) => it !== undefined)
}

function isBroker(text: string): boolean {
  const url = URL.parse(`tcp://${text}`)
  return url !== null && /^[^/@?#\s]+:[1-9]\d*$/.test(text) && url.hostname !== '' && url.port !== ''
}
