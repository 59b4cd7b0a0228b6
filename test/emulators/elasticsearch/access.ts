/** Who may make a request: its credentials are really checked. */
import { hash } from 'node:crypto'
import { S3Error } from '../s3/errors.ts'
import { type AccessKey, verifySignature } from '../s3/sigv4.ts'
import { type EsAnswer, missingCredentials, wrongCredentials } from './errors.ts'

export type Access =
  /** The whole value of `Authorization`. */
  | { readonly authorization: string }
  | { readonly region: string; readonly service: string; readonly key: AccessKey }
  | undefined

export interface Asked {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** As received, compressed or not. */
  readonly body: Buffer
}

/** The refusal, or undefined. */
export function refusalOf(access: Access, asked: Asked, now: number): EsAnswer | undefined {
  if (access === undefined) return undefined
  if ('authorization' in access) {
    const { authorization } = asked.headers
    if (authorization === undefined) return missingCredentials(asked.target)
    return authorization === access.authorization ? undefined : wrongCredentials(asked.target)
  }
  const { region, service, key } = access
  const payloadHash = hash('sha256', asked.body)
  const given = asked.headers['x-amz-content-sha256'] ?? ''
  if (service === 'aoss' && given !== payloadHash)
    return forbidden('The x-amz-content-sha256 header is required')
  try {
    verifySignature({ ...asked, payloadHash }, { region, service, keys: new Map([[key.id, key]]), now })
    return undefined
  } catch (error) {
    if (!(error instanceof S3Error)) throw error
    return forbidden(MESSAGES[error.message] ?? error.message)
  }
}

/** Amazon's own error, sent before the request reaches OpenSearch. */
const MESSAGES: Readonly<Record<string, string>> = {
  AccessDenied: 'Missing Authentication Token',
  ExpiredToken: 'The security token included in the request is expired',
  InvalidAccessKeyId: 'The security token included in the request is invalid.',
  SignatureDoesNotMatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
}

function forbidden(message: string): EsAnswer {
  return { status: 403, body: { message } }
}
