/**
 * What a failed request means for the events of its object, by the name of S3's error, else by its status:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
import {
  AWS_EXPIRED,
  awsReasonOf,
  awsRefusalOf,
  isAwsRegionMissing,
  outcomeOfAwsFailure,
} from '../../../src/lib/aws-refusal.ts'
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

export function outcomeOf(thrown: unknown, config: S3Config, now: number): Outcome {
  const refusal = awsRefusalOf(thrown)
  // The object exists, and its key says that it holds these events.
  if (refusal?.status === 412 && config.conditional_writes) return delivered
  const outcome = outcomeOfAwsFailure(thrown, config, { retry: RETRY, cure: cureOf }, now)
  if (refusal?.status !== 413 && refusal?.name !== 'EntityTooLarge') return outcome
  return { kind: 'split', reason: awsReasonOf(thrown, config) }
}

export function cureOf(thrown: unknown): string {
  if (isAwsRegionMissing(thrown)) return 'set `region`'
  const refusal = awsRefusalOf(thrown)
  const name = refusal?.name ?? (thrown instanceof Error ? thrown.name : '')
  if (name.startsWith('KMS.')) return 'check `kms_key_id`: enabled, and kms:GenerateDataKey granted'
  if (AWS_EXPIRED.has(name)) return 'renew the credentials'
  const cure = CURES[name] ?? (refusal?.status === 501 ? CURES.NotImplemented : undefined) ?? ''
  return cure === WRONG_REGION && refusal?.region !== undefined ? `${cure}: ${refusal.region}` : cure
}
