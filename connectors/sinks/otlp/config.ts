import { z } from 'zod'
import {
  addressUnder,
  basicAuth,
  bearerAuth,
  endpointUrl,
  headerName,
} from '../../../src/lib/http/options.ts'
import { headerSecret } from '../../../src/lib/options.ts'

const OWN = ['content-encoding', 'content-type']

export const config = z.strictObject({
  endpoint: endpointUrl().describe(
    'Base address of the receiver, such as http://collector.example:4318. `/v1/logs` is added unless it ends so.',
  ),
  encoding: z
    .enum(['protobuf', 'json'])
    .default('protobuf')
    .describe(
      'Encoding of the requests. Every receiver should take both; `protobuf` is the more common one.',
    ),
  auth: z
    .discriminatedUnion('type', [bearerAuth(), basicAuth()])
    .optional()
    .describe('Authentication: `bearer` or `basic`.'),
  headers: z
    .record(headerName(OWN), headerSecret())
    .default({})
    .describe('Headers sent with each request. Their values are kept secret.'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
})

export type Config = z.infer<typeof config>

export function logsAddress(endpoint: string): string {
  return addressUnder(endpoint, '/v1/logs')
}
