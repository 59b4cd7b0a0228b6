/** Google's token endpoint for the key of one service account; it really verifies assertions (RFC 7523). */
import { createVerify, generateKeyPairSync } from 'node:crypto'
import type { Answered, Asked } from '../faulty-server.ts'

export interface GoogleTokenDesk {
  /** The key file's JSON text, once the address of the token endpoint is known. */
  credentials(tokenUri: string): string
  issue(asked: Asked, tokenUri: string): Answered
  /** A token for a caller that was authenticated elsewhere. */
  grant(scope: string): string
  /** A refusal, or undefined if the bearer token is valid and has this scope. */
  refuse(asked: Asked, scope: string): Answered | undefined
  /** Invalidates the tokens issued so far. */
  revoke(): void
  /** From now on the last token is issued again, as from a cache. */
  repeat(): void
  issued(): number
}

const EMAIL = 'auditferry@acme.iam.gserviceaccount.com'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })

export function createGoogleTokenDesk(now: () => number = Date.now): GoogleTokenDesk {
  const tokens = new Map<string, { scope: string; expiresAt: number }>()
  let count = 0
  let repeated: string | undefined
  const grant = (scope: string) => {
    count += 1
    const token = `ya29.${count}`
    tokens.set(token, { scope, expiresAt: now() + 3_600_000 })
    return token
  }
  return {
    grant,
    credentials: (token_uri) =>
      JSON.stringify({
        type: 'service_account',
        private_key_id: 'k1',
        ...{ private_key: pem, client_email: EMAIL, token_uri },
      }),
    issue({ method, headers, body }, tokenUri) {
      const form = new URLSearchParams(body.toString())
      const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
      const isForm = headers['content-type']?.split(';')[0] === 'application/x-www-form-urlencoded'
      const grantType = form.get('grant_type')
      if (method !== 'POST' || !isForm || grantType !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
        return oauthError('unsupported_grant_type', 'Invalid grant_type')
      const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`)
      if (!verify.verify(publicKey, signature, 'base64url'))
        return oauthError('invalid_grant', 'Invalid JWT Signature.')
      const { iss, aud, scope, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
      if (iss !== EMAIL) return oauthError('invalid_grant', 'Invalid grant: account not found')
      if (aud !== tokenUri) return oauthError('invalid_grant', 'Invalid JWT: wrong audience')
      const seconds = now() / 1000
      if (!(iat <= seconds + 300 && exp > seconds && exp - iat <= 3600))
        return oauthError('invalid_grant', 'Invalid JWT: Token must be a short-lived token')
      const access_token = repeated ?? grant(scope)
      return json(200, { access_token, expires_in: 3600, token_type: 'Bearer' })
    },
    refuse({ headers }, scope) {
      const token = tokens.get((headers.authorization ?? '').replace(/^Bearer /, ''))
      if (token === undefined || token.expiresAt <= now())
        return googleError(401, 'Invalid Credentials', 'UNAUTHENTICATED')
      return token.scope.split(' ').includes(scope)
        ? undefined
        : googleError(403, 'Request had insufficient authentication scopes.', 'PERMISSION_DENIED')
    },
    revoke: () => tokens.clear(),
    repeat() {
      repeated = [...tokens.keys()].at(-1)
    },
    issued: () => count,
  }
}

export function json(status: number, body: object): Answered {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(body),
  }
}

/** https://cloud.google.com/apis/design/errors#http_mapping */
export function googleError(code: number, message: string, status = 'UNKNOWN'): Answered {
  return json(code, { error: { code, message, status } })
}

function oauthError(error: string, error_description: string): Answered {
  return json(400, { error, error_description })
}
