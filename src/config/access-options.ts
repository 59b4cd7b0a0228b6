/** Options of `server` that say who may look and who may change something. */
import { z } from 'zod'
import { duration, headerSecret, httpUrl, secret } from '../lib/options.ts'
import { connectionOptions } from './connection-options.ts'

/** Names of callers that no user may have: the admin token's, and that of this machine without any token. */
export const RESERVED_NAMES: readonly string[] = ['admin', 'local']

const user = z.strictObject({
  role: z
    .enum(['viewer', 'operator'])
    .describe('viewer: looks; operator: pauses, retries, drops, backfills and replays too.'),
  token: headerSecret().describe('What the user logs in with, or sends as `Authorization: Bearer …`.'),
})

const texts = () => z.array(z.string().min(1, 'is empty'))

const oidcOptions = z.strictObject({
  issuer: httpUrl()
    .optional()
    .describe('Address of the identity provider, as its discovery document names it.'),
  client_id: z.string().min(1, 'is empty').optional().describe('Id of this service there.'),
  client_secret: secret().optional().describe('Its secret. Default: a public client, with PKCE only.'),
  scopes: texts()
    .refine((it) => it.includes('openid'), 'openid must be among them')
    .default(['openid', 'profile', 'email'])
    .describe('Scopes to request.'),
  name_claim: z
    .string()
    .min(1, 'is empty')
    .default('preferred_username')
    .describe("Claim with the user's name; if it is missing, `email`, then `sub`."),
  roles: z
    .strictObject({
      claim: z.string().min(1, 'is empty').default('groups').describe('Claim that decides the role.'),
      operator: texts().default([]).describe('Its values that make an operator.'),
      viewer: texts().default([]).describe('Its values that make a viewer. Nobody else gets in.'),
    })
    .prefault({})
    .describe('Who may do what.'),
  tls: connectionOptions.tls,
  proxy: connectionOptions.proxy,
})

export const accessOptions = {
  users: z
    .record(z.string().regex(/^[\w.@-]{1,64}$/, 'expected letters, digits and . _ @ -, at most 64'), user)
    .default({})
    .describe('People and scripts by name, such as `dana: { role: operator, token: … }`.'),
  oidc: oidcOptions
    .refine((it) => (it.issuer === undefined) === (it.client_id === undefined), {
      error: 'issuer and client_id go together',
    })
    .refine(
      (it) =>
        it.issuer === undefined ||
        it.client_id === undefined ||
        it.roles.operator.length + it.roles.viewer.length > 0,
      {
        error: 'nobody could log in: name the groups under roles.operator or roles.viewer',
        path: ['roles'],
      },
    )
    .prefault({})
    .describe('Log in by OpenID Connect.'),
  public_url: httpUrl()
    .refine(
      (it) => /^https?:\/\/[^/?#@]+\/?$/i.test(it),
      'expected scheme and host alone, such as https://audit.example',
    )
    .optional()
    .describe('Where browsers find the console, behind a TLS proxy. Needed by `oidc`.'),
  session: z
    .strictObject({
      max_age: duration({ min: '1m', max: '30d' }).prefault('8h').describe('How long a login lasts.'),
    })
    .prefault({})
    .describe('Logins of browsers.'),
}
