/** What a failed request means for a mirror in S3, and what the operator can do about it. */
import { MirrorAway, OperationError } from '../errors.ts'
import { awsReasonOf } from '../lib/aws/refusal.ts'
import { type Cures, cureOfS3Failure, outcomeOfS3Failure } from '../lib/aws/s3-refusal.ts'

const WRONG_REGION = 'set AWS_REGION to the region of the bucket'
const WRONG_CREDENTIALS = 'correct the credentials that the AWS chain finds'
const CURES: Cures = {
  AccessDenied:
    'allow s3:GetObject and s3:PutObject on the object and on its `.previous`, and s3:ListBucket on the bucket (without it S3 answers 403 for an object that is not there yet)',
  NoSuchBucket: 'create the bucket or correct `state.mirror`',
  InvalidBucketName: 'correct `state.mirror`',
  InvalidAccessKeyId: WRONG_CREDENTIALS,
  InvalidToken: WRONG_CREDENTIALS,
  SignatureDoesNotMatch: WRONG_CREDENTIALS,
  PermanentRedirect: WRONG_REGION,
  AuthorizationHeaderMalformed: WRONG_REGION,
  RegionMissing: 'set AWS_REGION, or `region` in the AWS profile',
  UnknownRegion: WRONG_REGION,
  UnknownHost: 'check the host name in AWS_ENDPOINT_URL_S3',
  CredentialsProviderError: 'give credentials by the environment, a profile or a role',
}

/** MirrorAway when it may pass by itself. */
export function failureOf(thrown: unknown): OperationError {
  const outcome = outcomeOfS3Failure(thrown, { conditional_writes: false }, CURES, Date.now())
  // No option of the mirror bounds its requests.
  const reason = awsReasonOf(thrown, {}).replace(' (`timeout`)', '')
  const cure = cureOfS3Failure(thrown, CURES)
  if (outcome.kind === 'retry') return new MirrorAway(cure === '' ? reason : `${reason}; ${cure}`)
  return new OperationError(`${reason}; ${cure || 'correct `state.mirror` or the AWS environment'}`)
}
