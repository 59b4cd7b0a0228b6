/** Options outside sources and sinks: `state`, `server`, `log` and what stands beside them. */
import { z } from 'zod'
import { duration, flag, httpUrl, path, secret, size } from '../lib/options.ts'
import { TIMER_LIMIT, tlsOptions } from './connection-options.ts'
import { announced } from './later.ts'
import { parseListen } from './listen.ts'

export const stateOptions = z.strictObject({
  type: z
    .enum(['embedded'], {
      error: ({ input }) =>
        input === 'redis' ? 'redis is not available in this version; it comes with the next one' : undefined,
    })
    .default('embedded')
    .describe('Where checkpoints, ledger and spool are kept: embedded, one SQLite file.'),
  path: path().default('./data').describe('Folder of the state. One engine at a time holds it.'),
  max_spool: size({ min: '1MiB' })
    .prefault('1GiB')
    .describe('Largest spool. A full one stops the polling and drops nothing.'),
  url: announced().describe('Not available yet: address of a Redis.'),
  prefix: announced().describe('Not available yet: prefix of the keys in Redis.'),
  tls: announced().describe('Not available yet: TLS towards Redis.'),
  sentinel: announced().describe('Not available yet: Redis Sentinel.'),
  cluster: announced().describe('Not available yet: Redis Cluster.'),
  lease: announced().describe('Not available yet: how long a worker holds a source.'),
  mirror: announced().describe(
    'Not available yet: a second copy of the checkpoints, a file or s3:// address.',
  ),
  encryption_key: announced().describe('Not available yet: key that the spool is encrypted with.'),
})

export const serverOptions = z.strictObject({
  listen: z
    .string()
    .transform((text, context) => {
      const address = parseListen(text)
      if (address !== undefined) return address
      context.issues.push({
        code: 'custom',
        message: 'expected host:port, such as 127.0.0.1:8484',
        input: text,
      })
      return z.NEVER
    })
    .prefault('127.0.0.1:8484')
    .describe('Address of health, metrics, status and console, host:port. Port 0 takes a free one.'),
  admin_token: secret()
    .optional()
    .describe('Token that the admin API asks for. Needed when it listens beyond this machine.'),
  console: flag().default(true).describe('Serve the console at /.'),
})

export const logOptions = z.strictObject({
  level: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('Least level that is logged.'),
  format: z.enum(['json', 'text']).default('json').describe('json: one object a line; text: for people.'),
  splunk: z
    .strictObject({
      endpoint: httpUrl().optional().describe('Address of the HTTP Event Collector.'),
      token: secret().optional().describe('Its token.'),
      tls: tlsOptions
        .pick({ ca_file: true, insecure_skip_verify: true })
        .prefault({})
        .describe('TLS towards it.'),
    })
    .refine((it) => (it.endpoint === undefined) === (it.token === undefined), {
      error: 'endpoint and token go together',
    })
    .prefault({})
    .describe('Send the service’s own log to Splunk too.'),
})

export const shutdownTimeout = duration({ min: '0.1s', max: TIMER_LIMIT })
  .prefault('30s')
  .describe('How long a stop waits for what is in flight.')
