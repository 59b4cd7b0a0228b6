import { z } from 'zod'
import { clientCredentialOptions } from '../../../src/lib/oauth/client-credentials.ts'
import { flag, secret, size } from '../../../src/lib/options.ts'
import type { Secret } from '../../../src/lib/secret.ts'

const sasl = z
  .strictObject({
    mechanism: z
      .enum(['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])
      .default('none')
      .describe(
        '`plain` sends the password as it is: over TLS alone. `oauthbearer` takes a token (RFC 7628), the others user and password.',
      ),
    username: z.string().min(1, 'is empty').optional().describe('User; `$ConnectionString` for Event Hubs.'),
    password: secret().optional().describe('Password; the connection string for Event Hubs.'),
    token: secret().optional().describe('Token; in a secret file it is read anew for each connection.'),
    ...clientCredentialOptions,
    extensions: z
      .record(z.string(), z.string().regex(/^[\t\n\r\x20-\x7e]+$/, 'expected visible ASCII characters'))
      .refine(
        (it) => Object.keys(it).every((name) => /^(?!auth$)[A-Za-z]+$/.test(name)),
        'names are made of letters, and `auth` is taken',
      )
      .default({})
      .describe('SASL extensions that are sent beside a token, such as `logicalCluster`.'),
  })
  .refine(({ mechanism, ...it }) => !/plain|scram/.test(mechanism) || (it.username && it.password), {
    path: ['mechanism'],
    error: 'needs `username` and `password` beside it',
  })
  .refine(({ mechanism, ...it }) => mechanism !== 'oauthbearer' || givesToken(it), {
    path: ['mechanism'],
    error: 'needs either `token`, or `token_url` with `client_id` and `client_secret`, beside it',
  })

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
    .prefault({})
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
    .default('zstd')
    .describe(
      'Compression of the record batches. `gzip` is the slowest here. Event Hubs takes `none`, in its upper tiers `gzip` too.',
    ),
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
export type Sasl = Config['sasl']

/** An IPv4 or IPv6 address in place of a host name. */
export function hasAddress(broker: string): boolean {
  return /^(\[|[\d.]+:)/.test(broker)
}

/** What a broker or an identity provider could quote back. */
export function secretsOf(sasl: Config['sasl']): readonly Secret[] {
  return [sasl.password, sasl.token, sasl.client_secret].filter((it) => it !== undefined)
}

function givesToken({
  token,
  token_url,
  client_id,
  client_secret,
}: Readonly<Record<string, unknown>>): boolean {
  return Boolean(token ? !token_url : token_url && client_id && client_secret)
}

function isBroker(text: string): boolean {
  return /^[^/@?#\s]+:[1-9]\d*$/.test(text) && URL.canParse(`tcp://${text}`)
}
