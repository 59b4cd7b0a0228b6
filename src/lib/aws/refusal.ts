/** Reads what the AWS SDK throws: an answer that isn't 2xx, or what kept it from coming. */
import type { Outcome } from '../../outcome.ts'
import { BUSY, excerptOf, failureInWords, outcomeOfFailure, retryAfterMs } from '../http/outcome.ts'
import { withoutSecrets } from '../secret-forms.ts'
import { type AwsCredentialConfig, isOfSts } from './credentials.ts'

/** An answer that isn't 2xx, as the SDK throws it. */
interface AwsRefusal {
  /** Empty when the answer named none. */
  readonly name: string
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
  /** S3: the bucket's region, if the request went to another one. */
  readonly region: string | undefined
}

/** Common to all services: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_error-codes.html */
export const AWS_EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
])
const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])
/**
 * What the SDK itself counts as throttling (`THROTTLING_ERROR_CODES` of @smithy/core). Any service, STS included, may
 * answer so for a request or an entry, and often with a status that does not show it: 400.
 */
export const AWS_THROTTLED: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
])
const RETRY_STATUS = new Set([408, 425, 429])
/** What the SDK's parser throws for a body that is not JSON; its message is for programmers. */
const NO_JSON = 'SyntaxError'
/** The names that the SDK gives to a body without a code. */
const UNNAMED = new Set(['Unknown', 'Error', 'NotFound', NO_JSON])

export function awsRefusalOf(thrown: unknown): AwsRefusal | undefined {
  if (!(thrown instanceof Error)) return undefined
  const { name, message, Region, $metadata, $response } = thrown as ServiceError
  const status = $metadata?.httpStatusCode
  if (status === undefined) return undefined
  const named = !UNNAMED.has(name)
  const headers = $response?.headers ?? {}
  // No JSON: the page of a proxy or a gateway.
  const unread = (name === NO_JSON && $response?.text) || ''
  return {
    name: named ? name : '',
    status,
    message: named && message !== 'UnknownError' ? message : unread,
    headers,
    region: Region ?? headers['x-amz-bucket-region'],
  }
}

interface AwsRules {
  /** Names of errors that pass by themselves. */
  readonly retry: ReadonlySet<string>
  /** What a person can do about an error, by its name. */
  readonly cure: (thrown: unknown) => string
}

/** The outcome if the service has no finer rule: `retry` or `pause`. */
export function outcomeOfAwsFailure(
  thrown: unknown,
  config: AwsCredentialConfig,
  rules: AwsRules,
  now: number,
): Outcome {
  const refusal = awsRefusalOf(thrown)
  const cure = rules.cure(thrown)
  const reason = awsReasonOf(thrown, config) + (cure === '' ? '' : `; ${cure}`)
  if (refusal === undefined) {
    const pauses = isSettingMissing(thrown) || outcomeOfFailure(thrown).kind === 'pause'
    return { kind: pauses ? 'pause' : 'retry', reason }
  }
  const { name } = refusal
  // A chain or a role gives fresh credentials; a configured token needs a person.
  const renewable = AWS_EXPIRED.has(name) && config.session_token === undefined
  if (!rules.retry.has(name) && !renewable && !isBusy(refusal)) return { kind: 'pause', reason }
  const afterMs = retryAfterMs(refusal.headers, now)
  return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) }
}

function isBusy({ name, status }: Pick<AwsRefusal, 'name' | 'status'>): boolean {
  return AWS_THROTTLED.has(name) || RETRY_STATUS.has(status) || (status >= 500 && status !== 501)
}

/** For `check`: what to do about an answer that passes by itself, for which no option is to blame. Empty for others. */
export function cureOfBusyAws(thrown: unknown): string {
  const refusal = awsRefusalOf(thrown)
  return refusal !== undefined && isBusy(refusal) ? BUSY : ''
}

/** Name, status and message of the answer, or what kept it from coming; without the configured secrets. */
export function awsReasonOf(thrown: unknown, config: AwsCredentialConfig): string {
  const refusal = awsRefusalOf(thrown)
  if (refusal === undefined) return withoutAwsSecrets(failureInWords(thrown), config)
  const { name, status, message } = refusal
  const said = excerptOf(withoutAwsSecrets(message, config))
  return `${name === '' ? '' : `${withoutAwsSecrets(name, config)}, `}HTTP ${status}${said}`
}

/** The credentials were refused: they may have been rotated since they were read. */
export function areAwsCredentialsStale(thrown: unknown): boolean {
  const { name, status } = awsRefusalOf(thrown) ?? { name: '', status: 0 }
  // Not every compatible store, or gateway in front of one, says why.
  const isBare = name === '' && (status === 401 || status === 403)
  return isBare || AWS_EXPIRED.has(name) || REFUSED.has(name)
}

/** The one of the environment or of a profile may be none, too. */
export function isAwsRegionUnfit(thrown: unknown): boolean {
  return thrown instanceof Error && /^Region (is missing|not accepted)/.test(thrown.message)
}

/** What a person can do about a role that can't be assumed; undefined if the error's name says enough. */
export function cureOfRole(thrown: unknown): string | undefined {
  const { name, message } = awsRefusalOf(thrown) ?? { name: '', message: '' }
  if (isOfSts(thrown)) return isUnanswered(thrown) ? REACH_STS : ROLE_CURES[name]
  // The chain of the SDK assumed it, by a web identity or a profile.
  return name === 'AccessDenied' && message.includes('sts:AssumeRole') ? CHAIN_CURE : undefined
}

function isUnanswered(thrown: unknown): boolean {
  const hasNoAnswer = awsRefusalOf(thrown) === undefined && !isSettingMissing(thrown)
  return hasNoAnswer && outcomeOfFailure(thrown).kind === 'retry'
}

const REACH_STS = 'STS, which `role_arn` needs, does not answer: let this machine reach it'

const CHAIN_CURE =
  'let the trust policy of the role that the AWS chain names (AWS_ROLE_ARN or a profile) name this identity'

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors */
const ROLE_CURES: Readonly<Record<string, string>> = {
  AccessDenied:
    'grant the credentials sts:AssumeRole on `role_arn`, and let the trust policy of that role name them, with the `external_id` that it asks for',
  RegionDisabledException: 'activate STS for `region` in the account settings of IAM',
}

function isSettingMissing(thrown: unknown): boolean {
  return isAwsRegionUnfit(thrown) || (thrown instanceof Error && thrown.name === 'CredentialsProviderError')
}

export function withoutAwsSecrets(text: string, config: AwsCredentialConfig): string {
  const secrets = [config.secret_access_key, config.session_token].flatMap((it) => it?.reveal() ?? [])
  return withoutSecrets(text, secrets)
}

interface ServiceError extends Error {
  readonly Region?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  /** What `responseOf` gave to the SDK. */
  readonly $response?: { readonly headers?: Readonly<Record<string, string>>; readonly text?: string }
}
