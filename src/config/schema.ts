/** Options outside sources and sinks: `state`, `server`, `log` and what stands beside them. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { duration, flag, httpUrl, path, secret, size } from '../lib/options.ts'
import { isDecodable } from '../lib/percent-encoding.ts'
import { accessOptions } from './access-options.ts'
import { TIMER_LIMIT, tlsOptions } from './connection-options.ts'
import { parseListen } from './listen.ts'

const REDIS_NODE = 'redis-1.example:6379'

const stateFields = z.strictObject({
  type: z
    .enum(['embedded', 'redis'])
    .default('embedded')
    .describe(
      'Where checkpoints, ledger and spool are kept: `embedded`, one SQLite file for one process; or `redis`, for any number of processes.',
    ),
  path: path().default('./data').describe('embedded: folder of the state. One engine at a time holds it.'),
  max_spool: size({ min: '64KiB' })
    .prefault('1GiB')
    .describe(
      'Size of the spool at which polling stops. Nothing is dropped; what was just read is still stored.',
    ),
  url: secret()
    .superRefine((it, context) => {
      const message = faultOfRedisUrl(it.reveal())
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .optional()
    .describe(
      'redis: address, redis://user:password@host:port/database; rediss:// uses TLS. With sentinel the host is ignored, with cluster the database as well.',
    ),
  username: z.string().min(1, 'is empty').optional().describe('redis: user, if not in the address.'),
  password: secret().optional().describe('redis: password, if not in the address.'),
  prefix: z
    .string()
    .regex(/^[\w.-]+$/, 'expected letters, digits, dots, dashes and underscores')
    .default('auditferry')
    .describe('redis: prefix of every key. Engines with the same prefix share their work.'),
  lease: duration({ min: '3s', max: '1h' })
    .prefault('30s')
    .describe('redis: how long a silent worker keeps a source or a sink.'),
  tls: tlsOptions
    .prefault({})
    .describe('redis: TLS, used with a rediss:// address or when something is set here.'),
  sentinel: z
    .strictObject({
      name: z.string().min(1, 'is empty').optional().describe('Name of the group, as the sentinels know it.'),
      nodes: z.array(hostPort(REDIS_NODE)).default([]).describe('Addresses of the sentinels, host:port.'),
      username: z.string().min(1, 'is empty').optional().describe('User at the sentinels.'),
      password: secret().optional().describe('Password at the sentinels.'),
    })
    .refine((it) => (it.name === undefined) === (it.nodes.length === 0), {
      error: 'name and nodes go together',
    })
    .prefault({})
    .describe('redis: finds the master through Redis Sentinel.'),
  cluster: z
    .array(hostPort(REDIS_NODE))
    .default([])
    .describe('redis: some nodes of a Redis Cluster, host:port.'),
  mirror: z
    .string()
    .regex(/^(?!s3:|\w[\w+.-]+:\/\/)|^s3:\/\/[^/]+\/./, 'expected a path, or s3://bucket/key')
    .optional()
    .describe(
      'A second copy of checkpoints and cursors, in a file or s3://bucket/key, from which a lost state resumes.',
    ),
  encryption_key: encryptionKeys()
    .optional()
    .describe(
      'Base64 of 32 bytes, which encrypts spool, dead letters and quarantine. A list: the first encrypts, all decrypt.',
    ),
})

export const stateOptions = stateFields.superRefine((state, context) => {
  const problem = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
  if (state.type === 'embedded') {
    // What changes nothing may stand there: config/default.yaml holds the options of both types.
    const presets = stateFields.parse({})
    for (const key of REDIS_OPTIONS) {
      if (isDeepStrictEqual(state[key], presets[key])) continue
      problem(key, 'belongs to type: redis; leave it out, or set that type')
    }
    return
  }
  const ways = waysTo(state)
  if (ways.length === 0) problem('url', 'is required by type: redis, or sentinel, or cluster')
  else if (ways.includes('sentinel') && ways.includes('cluster'))
    problem('cluster', 'sentinel and cluster exclude each other')
})

/** A `path`, which Redis has no use for, is let stand: a file that is changed to `redis` has one. */
const REDIS_OPTIONS = [
  'url',
  'username',
  'password',
  'prefix',
  'lease',
  'tls',
  'sentinel',
  'cluster',
] as const

/** The options that lead to a Redis. */
function waysTo(it: { url?: unknown; sentinel: { nodes: unknown[] }; cluster: unknown[] }): string[] {
  return [
    ...(it.url === undefined ? [] : ['url']),
    ...(it.sentinel.nodes.length === 0 ? [] : ['sentinel']),
    ...(it.cluster.length === 0 ? [] : ['cluster']),
  ]
}

function hostPort(example: string) {
  return z.string().transform((text, context) => {
    const address = parseListen(text)
    if (address !== undefined) return address
    context.issues.push({
      code: 'custom',
      message: `expected host:port, such as ${example}`,
      input: text,
    })
    return z.NEVER
  })
}

/** 32 bytes in base64, as `openssl rand -base64 32` makes them. */
function encryptionKeys() {
  const key = secret().refine(
    (it) => Buffer.from(it.reveal(), 'base64').length === 32 && /^[\w+/=-]+$/.test(it.reveal()),
    'expected base64 of 32 bytes, as `openssl rand -base64 32` makes it',
  )
  return z.union([key.transform((it) => [it]), z.array(key).min(1, 'is empty')])
}

/** Says nothing of the password but where it should stand. */
function faultOfRedisUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    return `expected redis://host:port or rediss://host:port${text.includes('@') ? PASSWORD_APART : ''}`
  }
  if (!/^(\/\d*)?$/.test(url.pathname + url.search + url.hash)) {
    return 'expected a number, the database, after the host: redis://host:port/0'
  }
  if (!isDecodable(url.username + url.password)) {
    return `has a % that begins no escape in its user or password${PASSWORD_APART}`
  }
  return undefined
}

const PASSWORD_APART = '; a password with one of % / ? # is best set as `state.password`'

export const serverOptions = z.strictObject({
  listen: hostPort('127.0.0.1:8484')
    .prefault('127.0.0.1:8484')
    .describe('Address of health, metrics, status and console, host:port. Port 0 picks a free one.'),
  admin_token: secret()
    .optional()
    .describe(
      'Token of the operator `admin`. Listening beyond this machine requires it, or `users`, or `oidc`.',
    ),
  console: flag().default(true).describe('Serve the console at /.'),
  ...accessOptions,
})

export const logOptions = z.strictObject({
  level: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('Least level that is logged.'),
  format: z.enum(['json', 'text']).default('json').describe('json: one object per line; text: for people.'),
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
    .describe('Sends the service’s own log to Splunk as well.'),
})

export const shutdownTimeout = duration({ min: '0.1s', max: TIMER_LIMIT })
  .prefault('30s')
  .describe('How long a stop waits for what is in flight.')
