/** A real identity provider on loopback, and somebody who logs in there. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { parseSetCookie } from 'cookie'
import { type Configuration, Provider } from 'oidc-provider'
import { request } from 'undici'
import { onTestFinished, vi } from 'vitest'
import type { OidcConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/lib/secret.ts'
import { listen } from '../loopback.ts'

const CLIENT_SECRET = 'client-secret-0123456789abcdef'

export interface Account {
  readonly groups?: unknown
  readonly preferred_username?: string
  readonly email?: string
}

/** Anybody may log in there with any password; `accounts` gives the claims. */
export async function startProvider(
  redirectUri: string,
  accounts: Record<string, Account>,
  options: Configuration = {},
) {
  // The provider warns about everything that a test leaves at its default.
  for (const level of ['warn', 'info'] as const) {
    const quiet = vi.spyOn(console, level).mockImplementation(() => {})
    onTestFinished(() => quiet.mockRestore())
  }
  const server = createServer((incoming, answer) => provider.callback()(incoming, answer))
  const port = await listen(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${port}`
  const open = (more: Configuration) =>
    new Provider(issuer, {
      clients: [{ client_id: 'auditferry', client_secret: CLIENT_SECRET, redirect_uris: [redirectUri] }],
      claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email'], groups: ['groups'] },
      findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...accounts[id] }) }),
      pkce: { required: () => true },
      cookies: { keys: ['of-a-test'] },
      features: { devInteractions: { enabled: true } },
      ...options,
      ...more,
    })
  let provider = open({})
  /** From now on it signs with another key, and publishes only that one. */
  const rotateKeys = () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' }
    provider = open({ jwks: { keys: [key] } as NonNullable<Configuration['jwks']> })
  }
  return { issuer, provider, rotateKeys }
}

/** The ID token with the same header and claims, signed with a key that isn't the provider's. */
export function signedByStranger(idToken: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signed = idToken.slice(0, idToken.lastIndexOf('.'))
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
}

export function oidcConfig(issuer: string): OidcConfig {
  return {
    issuer,
    clientId: 'auditferry',
    clientSecret: new Secret(CLIENT_SECRET),
    scopes: ['openid', 'profile', 'email', 'groups'],
    nameClaim: 'preferred_username',
    roles: { claim: 'groups', operator: ['sec-ops'], viewer: ['sec'] },
    connection: { timeoutMs: 5_000, tls: { insecureSkipVerify: false } },
  }
}

interface Page {
  readonly url: string
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

/** Keeps each site's cookies, follows redirects, and fills in the provider's forms. */
export function createVisitor() {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: string) => {
    const { origin } = new URL(url)
    const jar = jars.get(origin) ?? new Map<string, string>()
    jars.set(origin, jar)
    return jar
  }
  const open = async (url: string, form?: Record<string, string>): Promise<Page> => {
    const jar = jarOf(url)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await request(url, {
      method: form ? 'POST' : 'GET',
      headers: { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
      body: form ? new URLSearchParams(form).toString() : null,
    })
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const { name, value = '', maxAge } = parseSetCookie(line)
      if (maxAge === 0 || value === '') jar.delete(name)
      else jar.set(name, value)
    }
    const { location } = answer.headers
    return {
      url,
      status: answer.statusCode,
      location: location === undefined ? undefined : new URL(String(location), url).href,
      text: await answer.body.text(),
    }
  }
  /** Continues from `url` until `stop` holds or nothing leads further; logs in as `login` on the way. */
  const walk = async (url: string, login: string, stop: (url: string) => boolean = () => false) => {
    let page = await open(url)
    for (let steps = 0; steps < 20; steps++) {
      const action = /action="([^"]+)"/.exec(page.text)?.[1]
      const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1]
      if (page.location !== undefined) {
        if (stop(page.location)) return page
        page = await open(page.location)
      } else if (action !== undefined && prompt !== undefined) {
        page = await open(new URL(action, page.url).href, { prompt, login, password: 'any' })
      } else return page
    }
    throw new Error(`walked in circles, last at ${page.url}`)
  }
  return { open, walk, jarOf }
}
