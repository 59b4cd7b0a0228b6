/**
 * What a failed request means for the events of its object, by the name of S3's error, else by its status:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */

import type { PutObjectCommandOutput } from '@aws-sdk/client-s3'
import { messageOf } from '../../errors.ts'
import { delivered, type Outcome } from '../../outcome.ts'
import { needsPerson } from '../http/outcome.ts'
import { connectionCure } from '../http/poster.ts'
import type { AwsCredentialConfig } from './credentials.ts'
import {
  AWS_EXPIRED,
  awsReasonOf,
  awsRefusalOf,
  cureOfBusyAws,
  cureOfRole,
  isAwsRegionUnfit,
  outcomeOfAwsFailure,
} from './refusal.ts'

const RETRY = new Set([
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'TooManyRequests',
  'KMS.ThrottlingException',
  // Bytes that were damaged on the way.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
])

const WRONG_REGION_NAMES = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed'])
const WRONG_REGION = 'set `region` to the region of the bucket'
const CURES: Cures = {
  NoSuchBucket: 'create the bucket or correct `bucket`',
  InvalidBucketName: 'correct `bucket`',
  InvalidAccessKeyId: 'correct `access_key_id`, or the credentials that the AWS chain finds',
  InvalidToken: 'correct `session_token`',
  SignatureDoesNotMatch: 'correct `secret_access_key`, or the credentials that the AWS chain finds',
  PermanentRedirect: WRONG_REGION,
  AuthorizationHeaderMalformed: WRONG_REGION,
  RegionMissing: 'set `region`',
  UnknownRegion: 'correct `region`: AWS has no such host',
  UnknownHost:
    'check the host name in `endpoint`; without `force_path_style: true` the name of the bucket stands before it',
  RequestTimeTooSkewed: 'set the clock of this machine (NTP)',
  CredentialsProviderError:
    'set `access_key_id` and `secret_access_key`, or give credentials by the environment, a profile or a role',
}

/** An address that the SDK made of the region alone, with the bucket before it; no VPC endpoint's. */
const HOST_OF_REGION = /(^|\.)(s3|sts)[.-][a-z0-9-]+\.amazonaws\.com(\.cn)?$/

/**
 * By the name of S3's error; `RegionMissing`, `UnknownRegion` and `UnknownHost` are what kept it from answering, and
 * `Unnamed` is an answer without a name, or a 401 or 403 with an unknown one, that does not pass by itself.
 */
export type Cures = Readonly<Record<string, string>>

/** `own`: cures that name options of the sink; they win over the general ones. */
export function outcomeOfS3Failure(
  thrown: unknown,
  config: AwsCredentialConfig & { readonly conditional_writes: boolean },
  own: Cures,
  now: number,
): Outcome {
  const refusal = awsRefusalOf(thrown)
  // The object exists, and its key says that it holds these events.
  if (refusal?.status === 412 && config.conditional_writes) return delivered
  const cure = (it: unknown) => cureOfS3Failure(it, own)
  const outcome = outcomeOfAwsFailure(thrown, config, { retry: RETRY, cure }, now)
  // Not every store names the conflict of two conditional writes.
  if (refusal?.status === 409 && refusal.name === '' && config.conditional_writes)
    return { kind: 'retry', reason: awsReasonOf(thrown, config) }
  if (refusal?.status !== 413 && refusal?.name !== 'EntityTooLarge') return outcome
  return { kind: 'split', reason: awsReasonOf(thrown, config) }
}

/** Throws unless S3 itself took the object: it answers a PUT with an ETag, and a proxy's page or a 204 has none. */
export function requireS3Answer({ ETag, $metadata }: PutObjectCommandOutput): void {
  if (ETag !== undefined) return
  throw new Error(
    `HTTP ${$metadata.httpStatusCode} without an ETag: the answer is not from S3; check \`endpoint\` and \`proxy\``,
  )
}

export function cureOfS3Failure(thrown: unknown, own: Cures): string {
  const cures = { ...CURES, ...own }
  if (isAwsRegionUnfit(thrown)) return cures.RegionMissing ?? ''
  const role = cureOfRole(thrown)
  if (role !== undefined) return role
  const refusal = awsRefusalOf(thrown)
  const [, host] = /ENOTFOUND (\S+)/.exec(messageOf(thrown)) ?? []
  if (host !== undefined) return cures[HOST_OF_REGION.test(host) ? 'UnknownRegion' : 'UnknownHost'] ?? ''
  if (refusal === undefined && needsPerson(thrown)) return connectionCure(thrown)
  const name = refusal?.name ?? (thrown instanceof Error ? thrown.name : '')
  if (name.startsWith('KMS.')) return cures.KMS ?? ''
  if (AWS_EXPIRED.has(name)) return 'renew the credentials'
  const cure = cures[name] ?? cureOfUnknown(thrown, cures)
  return WRONG_REGION_NAMES.has(name) && refusal?.region !== undefined ? `${cure}: ${refusal.region}` : cure
}

/** Of an answer whose name, if it has one, has no cure of its own. */
function cureOfUnknown(thrown: unknown, cures: Cures): string {
  const { name, status } = awsRefusalOf(thrown) ?? {}
  if (status === 501) return cures.NotImplemented ?? ''
  const isRefused = name === '' || status === 401 || status === 403
  return isRefused && cureOfBusyAws(thrown) === '' ? (cures.Unnamed ?? '') : ''
}
