import { z } from 'zod'
import { endpointUrl } from '../../../src/lib/http/options.ts'
import { duration, flag, headerSecret } from '../../../src/lib/options.ts'

export const config = z.strictObject({
  endpoint: endpointUrl('put the token into `token`')
    .refine(hasNoQuery, 'put the token into `token`: an address ends up in logs')
    .refine(isNotRaw, 'end it in /services/collector/event: the raw endpoint carries no event ids')
    .describe(
      'Address of the collector, such as https://splunk.example:8088. `/services/collector/event` is added unless it has a path.',
    ),
  token: headerSecret().describe('HEC token.'),
  index: z.string().optional().describe('Index to write to. Default: the token’s default index.'),
  sourcetype: z.string().default('pulumi:audit').describe('Source type of the events.'),
  host: z
    .string()
    .optional()
    .describe('Host field of the events. Default: Splunk fills in the sender’s address.'),
  source: z.string().optional().describe('Source field of the events. Default: the token’s.'),
  acknowledgements: flag()
    .default(false)
    .describe(
      'Counts an event as delivered only when an indexer has acknowledged it. The token must have this enabled (`useACK`).',
    ),
  ack_poll_every: duration({ min: '1s', max: '1d' })
    .prefault('10s')
    .describe('Longest interval between two requests for an acknowledgement.'),
  ack_timeout: duration({ min: '1s', max: '1d' })
    .prefault('5m')
    .describe('A batch that was not acknowledged within this time is sent again.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.infer<typeof config>

/** The three addresses of a collector. `/services/collector/event` and its aliases are recognised by their ending. */
export function addressesOf(endpoint: string) {
  const url = new URL(endpoint)
  const given = url.pathname.replace(/\/+$/, '')
  const collector = given === '' ? '/services/collector' : given.replace(/\/event(\/1\.0)?$/, '')
  return {
    event: url.origin + (given === '' ? `${collector}/event` : given),
    ack: `${url.origin}${collector}/ack`,
    health: `${url.origin}${collector}/health`,
  }
}

/** HEC would also accept a token in the query. Text that is no URL at all is left to `endpointUrl`. */
function hasNoQuery(endpoint: string): boolean {
  return (URL.parse(endpoint)?.search ?? '') === ''
}

function isNotRaw(endpoint: string): boolean {
  return !/\/raw(\/1\.0)?\/*$/.test(URL.parse(endpoint)?.pathname ?? '')
}
