/**
 * What a failed request means for the events of its object, by the name of S3's error, else by its status:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import { messageOf } from '../../../src/errors.ts'
import { excerptOf, outcomeOfFailure, retryAfterMs } from '../../../src/lib/http-outcome.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import type { S3Config } from './config.ts'

const RETRY = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'TooManyRequests',
  'Throttling',
  'ThrottlingException',
  'KMS.ThrottlingException',
  // Bytes that were damaged on the way.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
])
const RETRY_STATUS = new Set([408, 425, 429])
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'])
const REFUSED = new Set(['AccessDenied', 'InvalidAccessKeyId', 'InvalidToken', 'SignatureDoesNotMatch'])
/** What the SDK makes of a body without a code. */
const UNNAMED = new Set(['Unknown', 'Error', 'NotFound'])

const WRONG_REGION = 'set `region` to the region of the bucket'
const CURES: Readonly<Record<string, string>> = {
  AccessDenied:
    'grant s3:PutObject on the bucket (s3:PutObjectRetention for Object Lock, kms:GenerateDataKey for KMS, s3:ListBucket for check, and with s3:GetObject for `manifest`), and compare `expected_bucket_owner`',
  NoSuchBucket: 'create the bucket or correct `bucket`',
  InvalidBucketName: 'correct `bucket`',
  InvalidAccessKeyId: 'correct `access_key_id`, or the credentials that the AWS chain finds',
  InvalidToken: 'correct `session_token`',
  SignatureDoesNotMatch: 'correct `secret_access_key`, or the credentials that the AWS chain finds',
  PermanentRedirect: WRONG_REGION,
  AuthorizationHeaderMalformed: WRONG_REGION,
  RequestTimeTooSkewed: 'set the clock of this machine (NTP)',
  NotImplemented: 'if the store knows no conditional writes, set `conditional_writes: false`',
  CredentialsProviderError:
    'set `access_key_id` and `secret_access_key`, or give credentials by the environment, a profile or a role',
}

/** An answer that isn't 2xx, as the SDK throws it. */
interface Refusal {
  /** Empty when the answer named none. */
  readonly name: string
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
  /** Where the bucket is, when it isn't where the request went. */
  readonly region: string | undefined
}

export function outcomeOf(thrown: unknown, config: S3Config, now: number): Outcome {
  const refusal = refusalOf(thrown)
  const cure = cureOf(thrown)
  const reason = reasonOf(thrown, config) + (cure === '' ? '' : `; ${cure}`)
  if (refusal === undefined) {
    const pauses = isSettingMissing(thrown) || outcomeOfFailure(thrown).kind === 'pause'
    return { kind: pauses ? 'pause' : 'retry', reason }
  }
  const { name, status } = refusal
  // The object exists, and its key says that it holds these events.
  if (status === 412 && config.conditional_writes) return delivered
  if (status === 413 || name === 'EntityTooLarge') return { kind: 'split', reason }
  // A chain or a role gives fresh credentials; a configured token needs a person.
  const renewable = EXPIRED.has(name) && config.session_token === undefined
  const busy = RETRY_STATUS.has(status) || (status >= 500 && status !== 501)
  if (!RETRY.has(name) && !renewable && !busy) return { kind: 'pause', reason }
  const afterMs = retryAfterMs(refusal.headers, now)
  return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) }
}

/** Name, status and message of the answer, or what kept it from coming; without the configured secrets. */
export function reasonOf(thrown: unknown, config: S3Config): string {
  const refusal = refusalOf(thrown)
  if (refusal === undefined) return withoutSecrets(messageOf(thrown) || 'connection failed', config)
  const { name, status, message } = refusal
  return withoutSecrets(`${name === '' ? '' : `${name}, `}HTTP ${status}${excerptOf(message)}`, config)
}

export function cureOf(thrown: unknown): string {
  if (isRegionMissing(thrown)) return 'set `region`'
  const refusal = refusalOf(thrown)
  const name = refusal?.name ?? (thrown instanceof Error ? thrown.name : '')
  if (name.startsWith('KMS.')) return 'check `kms_key_id`: enabled, and kms:GenerateDataKey granted'
  if (EXPIRED.has(name)) return 'renew the credentials'
  const cure = CURES[name] ?? (refusal?.status === 501 ? CURES.NotImplemented : undefined) ?? ''
  return cure === WRONG_REGION && refusal?.region !== undefined ? `${cure}: ${refusal.region}` : cure
}

/** The credentials were refused: they may have been rotated since they were read. */
export function areCredentialsStale(thrown: unknown): boolean {
  const name = refusalOf(thrown)?.name ?? ''
  return EXPIRED.has(name) || REFUSED.has(name)
}

function refusalOf(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { name, message, Region, $metadata, $response } = thrown as ServiceError
  const status = $metadata?.httpStatusCode
  if (status === undefined) return undefined
  const named = !UNNAMED.has(name)
  const headers = $response?.headers ?? {}
  return {
    name: named ? name : '',
    status,
    message: named && message !== 'UnknownError' ? message : '',
    headers,
    region: Region ?? headers['x-amz-bucket-region'],
  }
}

interface ServiceError extends Error {
  readonly Region?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

function isSettingMissing(thrown: unknown): boolean {
  return isRegionMissing(thrown) || (thrown instanceof Error && thrown.name === 'CredentialsProviderError')
}

function isRegionMissing(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'Region is missing'
}

function withoutSecrets(text: string, config: S3Config): string {
  const secrets = [config.secret_access_key, config.session_token].flatMap((it) => it?.reveal() ?? [])
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
}
