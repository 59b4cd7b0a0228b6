/** `server`: who may look, who may change something, and how the file says so. */
import { expect, test } from 'vitest'
import { loadText } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { Secret } from '../../src/lib/secret.ts'
import { registry } from './registry.ts'

const BASE = `sources: { a: { type: journal, organization: acme, access_token: t } }
sinks: { s: { type: box } }
`
const TOKEN = 'dana-0123456789abcdef'
const OIDC = 'issuer: https://login.example, client_id: af, roles: { operator: [sec-ops] }'

const load = (rest: string) => loadText(BASE + rest, 'c.yaml', { TOKEN }, registry)

test('users, a provider, a public address and how long a login lasts', () => {
  const result = load(`server:
  listen: 0.0.0.0:8484
  users:
    dana: { role: operator, token: "\${TOKEN}" }
    lee: { role: viewer, token: lee-0123456789abcdef }
  oidc:
    issuer: https://login.example
    client_id: auditferry
    client_secret: confidential
    scopes: [openid, groups]
    name_claim: nickname
    roles: { claim: teams, operator: [sec-ops], viewer: [sec] }
    proxy: http://proxy.example:3128
  public_url: https://Audit.example/
  session: { max_age: 30m }
`)
  expect([result.ok, result.warnings]).toEqual([true, []])
  expect(result.ok && result.config.server).toEqual({
    host: '0.0.0.0',
    port: 8484,
    console: true,
    users: [
      { name: 'dana', role: 'operator', token: expect.any(Secret) },
      { name: 'lee', role: 'viewer', token: expect.any(Secret) },
    ],
    oidc: {
      issuer: 'https://login.example',
      clientId: 'auditferry',
      clientSecret: expect.any(Secret),
      scopes: ['openid', 'groups'],
      nameClaim: 'nickname',
      roles: { claim: 'teams', operator: ['sec-ops'], viewer: ['sec'] },
      connection: { timeoutMs: 10_000, tls: { insecureSkipVerify: false }, proxy: expect.any(Secret) },
    },
    publicUrl: 'https://audit.example',
    sessionMs: 1_800_000,
  })
  expect(result.ok && result.config.server.users?.[0]?.token.reveal()).toBe(TOKEN)
})

test.each([
  ['users: { dana: { role: viewer, token: 0123456789abcdef } }'],
  [`oidc: { ${OIDC} }, public_url: "https://a.example"`],
])('%s allows listening beyond this machine', (access) => {
  expect(load(`server: { listen: "0.0.0.0:1", ${access} }`)).toMatchObject({ ok: true })
})

test.each([
  [
    'users: { dana: { role: viewer, token: short } }',
    'c.yaml:3:49: server.users.dana.token: is too short: take at least 16 characters, as `openssl rand -base64 24` makes them',
  ],
  [
    'users: { dana: { role: boss, token: 0123456789abcdef } }',
    'c.yaml:3:34: server.users.dana.role: expected one of viewer, operator',
  ],
  [
    'users: { dana: { role: viewer } }',
    'c.yaml:3:20: server.users.dana.token: is required: What the user logs in with, or sends as `Authorization: Bearer …`.',
  ],
  [
    'users: { admin: { role: viewer, token: 0123456789abcdef } }',
    'c.yaml:3:20: server.users.admin: admin is the name of another operator; choose another',
  ],
  [
    `admin_token: ${TOKEN}, users: { dana: { role: viewer, token: "\${TOKEN}" } }`,
    'c.yaml:3:85: server.users.dana.token: is the same as server.admin_token; give each its own',
  ],
  [
    'users: { a: { role: viewer, token: 0123456789abcdef }, b: { role: viewer, token: 0123456789abcdef } }',
    'c.yaml:3:92: server.users.b.token: is the same as server.users.a.token; give each its own',
  ],
  [
    `oidc: { ${OIDC} }`,
    'c.yaml:3:17: server.oidc: needs server.public_url: where the identity provider sends browsers back to',
  ],
  [
    'oidc: { issuer: "https://login.example" }, public_url: "https://a.example"',
    'c.yaml:3:17: server.oidc: issuer and client_id go together',
  ],
  [
    'oidc: { issuer: "https://login.example", client_id: af }, public_url: "https://a.example"',
    'c.yaml:3:11: server.oidc.roles: nobody could log in: name the groups under roles.operator or roles.viewer',
  ],
  [
    'public_url: "https://a.example/console", admin_token: 0123456789abcdef',
    'c.yaml:3:23: server.public_url: expected scheme and host alone, such as https://audit.example',
  ],
  [
    'public_url: "https://a.example"',
    'c.yaml:3:23: server.public_url: being reached from elsewhere needs server.admin_token, server.users or server.oidc',
  ],
  ['session: { max_age: 1s }', 'c.yaml:3:31: server.session.max_age: must be at least 1m'],
])('%s', (access, expected) => {
  const result = load(`server: { ${access} }\n`)
  expect(result.ok ? [] : result.errors.map(formatProblem)).toEqual([expected])
})

test('two tokens from variables that are not set do not count as equal', () => {
  const users =
    'users: { a: { role: viewer, token: "$' + '{NO}" }, b: { role: viewer, token: "$' + '{NO}" } }'
  const result = load(`server: { ${users} }\n`)
  expect(result.ok ? [] : result.errors.map(({ message }) => message)).toEqual([
    'environment variable NO is not set',
    'environment variable NO is not set',
  ])
})

test('a short admin token, which older configurations may have, only gets a warning', () => {
  const result = load('server: { admin_token: short }')
  expect([result.ok, result.warnings.map(({ path }) => path)]).toEqual([true, ['server.admin_token']])
})
