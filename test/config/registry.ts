/** Two small connectors, so that these tests don't depend on the options of the real ones. */
import { z } from 'zod'
import { defineSink, defineSource } from '../../src/connector.ts'
import { flag, httpUrl, integer, path, secret } from '../../src/lib/options.ts'
import { createRegistry } from '../../src/registry.ts'

const never = () => {
  throw new Error('not created in these tests')
}

const source = defineSource({
  type: 'journal',
  title: 'Journal',
  summary: 'A source for tests.',
  config: z.strictObject({
    organization: z.string().min(1, 'is empty').describe('Name.'),
    access_token: secret().describe('Token.'),
    api_url: httpUrl().default('https://api.example').describe('Address.'),
    mode: z.enum(['auto', 'v1', 'v2']).default('auto').describe('Mode.'),
    user_filter: z.string().default('').describe('Login.'),
  }),
  create: never,
})

const sink = defineSink({
  type: 'box',
  title: 'Box',
  summary: 'A sink for tests.',
  config: z.strictObject({
    path: path().optional().describe('Path.'),
    token: secret().optional().describe('Token.'),
    keys: z
      .union([secret(), z.array(secret()).min(1)])
      .optional()
      .describe('Keys.'),
    headers: z.record(z.string(), secret()).default({}).describe('Headers.'),
    auth: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('bearer').describe('B.'), token: secret().describe('T.') }),
        z.strictObject({ type: z.literal('basic').describe('B.'), user: z.string().describe('U.') }),
      ])
      .optional()
      .describe('Auth.'),
    shards: integer({ min: 1, max: 8 }).default(1).describe('Shards.'),
    strict: flag().default(true).describe('Strict.'),
  }),
  formats: ['native', 'csv'],
  limits: () => ({
    defaults: { maxEvents: 50, maxBytes: 1000, maxAgeMs: 2000, inFlight: 3, timeoutMs: 9000 },
    maxEvents: 100,
  }),
  keepsEvents: true,
  needsAlone: ({ path }) => (path === undefined ? undefined : { option: 'path', value: path }),
  create: never,
})

export const registry = createRegistry([source], [sink])
