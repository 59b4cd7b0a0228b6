/** Entra's token endpoint for one app registration, in the form that @azure/identity expects. */
import type { IntakeAnswer, IntakeRequest } from '../intake/intake.ts'

const TENANT = '11111111-2222-3333-4444-555555555555'
const CLIENT = '66666666-7777-8888-9999-000000000000'
const SECRET = 'ent~Q8secret.of.the.app'

/** Options of a sink that is allowed a token. */
export const ENTRA_AUTH = {
  type: 'client_secret',
  tenant_id: TENANT,
  client_id: CLIENT,
  client_secret: SECRET,
}
export const ENTRA_TOKEN = 'eyJ0.entra-token.sig'

/** `scope` is the one that the service requires. */
export function entraAnswer({ path, headers, body }: IntakeRequest, scope: string): IntakeAnswer {
  const host = `https://${headers.host}`
  const [, tenant, what] = /^\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (tenant !== TENANT) {
    return json(400, {
      error: 'invalid_request',
      error_description: `AADSTS90002: Tenant '${tenant}' not found.`,
    })
  }
  if (what === 'v2.0/.well-known/openid-configuration') {
    const base = `${host}/${TENANT}`
    return json(200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    })
  }
  if (what !== 'oauth2/v2.0/token') return { status: 404 }
  const form = new URLSearchParams(body.toString())
  const isRight =
    form.get('grant_type') === 'client_credentials' &&
    form.get('client_id') === CLIENT &&
    (form.get('scope') ?? '').split(' ').includes(scope)
  if (!isRight) return json(400, { error: 'invalid_scope', error_description: 'AADSTS70011: wrong request.' })
  if (form.get('client_secret') !== SECRET) {
    const description =
      'AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-11-22 22:00:00Z'
    return json(401, { error: 'invalid_client', error_description: description, error_codes: [7000215] })
  }
  return json(200, {
    token_type: 'Bearer',
    expires_in: 3599,
    ext_expires_in: 3599,
    access_token: ENTRA_TOKEN,
  })
}

function json(status: number, body: object): IntakeAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
