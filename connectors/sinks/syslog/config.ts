import { z } from 'zod'
import { duration, flag, integer, type OptionKind, size } from '../../../src/lib/options.ts'
import type { Address } from '../../../src/lib/tcp/socket.ts'

export const config = z.strictObject({
  endpoint: z
    .string({ error: 'expected an address' })
    .superRefine((text, context) => {
      const fault = faultOf(text)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
    })
    .meta({ kind: 'url' satisfies OptionKind })
    .describe(
      'Address of the receiver: `tls://host:port` (port 6514 if left out) or `tcp://host:port` (514), which is not encrypted.',
    ),
  framing: z
    .enum(['octet_counting', 'lf'])
    .optional()
    .describe(
      'How messages are separated (RFC 6587): `octet_counting`, by their length in front, or `lf`, by a line feed at the end. Default: octet_counting with tls://, lf with tcp://.',
    ),
  facility: integer({ min: 0, max: 23 })
    .prefault(13)
    .describe('Facility: 13 is log audit, 10 security, 16 to 23 are local0 to local7.'),
  hostname: printable(255)
    .default('api.pulumi.com')
    .describe('HOSTNAME of the messages, by which receivers tell log sources apart.'),
  app_name: printable(48).default('pulumi').describe('APP-NAME of the messages.'),
  structured_data: flag()
    .default(true)
    .describe('Put event id, uid and organisation into the header, as structured data.'),
  pen: integer({ min: 1, max: 2 ** 32 - 1 })
    .prefault(32_473)
    .describe(
      'Private enterprise number in the name of the structured data, `pulumi@<pen>`. 32473 is reserved for examples: use your own.',
    ),
  bom: flag()
    .default(false)
    .describe('Begins MSG with a byte order mark, which marks UTF-8. Many receivers cannot handle it.'),
  max_message_bytes: size({ min: '480B', max: '1MiB' })
    .prefault('8KiB')
    .describe('Largest message, header included. Receivers should accept 8KiB over TLS, 2KiB over TCP.'),
  oversize: z
    .enum(['truncate', 'reject'])
    .default('truncate')
    .describe(
      'What to do with a message over the limit. `truncate`: shorten the description, then leave out the record, and reject only what is still too large; `reject`: reject it at once. Rejected events become dead letters.',
    ),
  settle_time: duration({ max: '1m' })
    .prefault('0.5s')
    .describe('How long the connection must stay open after a write for it to count as delivered.'),
  resend_window: size({ max: '256MiB' })
    .prefault('16MiB')
    .describe('How much of what was delivered last is kept in memory, and sent again after a reset.'),
})

export type Config = z.output<typeof config>

export function addressOf(endpoint: string): Address {
  const { protocol, hostname, port } = new URL(endpoint)
  const secure = protocol === 'tls:'
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 6514 : 514) : Number(port),
    secure,
  }
}

export function framingOf({ framing, endpoint }: Pick<Config, 'framing' | 'endpoint'>) {
  return framing ?? (addressOf(endpoint).secure ? 'octet_counting' : 'lf')
}

/** RFC 5424, 6: PRINTUSASCII of a bounded length. */
function printable(length: number) {
  return z
    .string()
    .regex(new RegExp(`^[!-~]{1,${length}}$`), `expected 1 to ${length} visible ASCII characters`)
}

function faultOf(text: string): string | undefined {
  const url = URL.parse(text)
  if (url?.protocol === 'udp:') return 'UDP loses messages without a word: use tls:// or tcp://'
  if (url === null || !/^(tcp|tls):$/.test(url.protocol) || url.hostname === '')
    return 'expected tls://host:port or tcp://host:port'
  if (url.port === '0') return 'port 0 cannot be reached'
  const more = url.username + url.password + url.search + url.hash + url.pathname.replace(/^\/$/, '')
  return more === '' ? undefined : 'expected nothing but host and port behind tls:// or tcp://'
}
