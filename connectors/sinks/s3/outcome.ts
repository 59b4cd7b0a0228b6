/** What a failed request means for the events of its object, and what to do about it with this sink's options. */
import { type Cures, cureOfS3Failure, outcomeOfS3Failure } from '../../../src/lib/aws/s3-refusal.ts'
import type { Outcome } from '../../../src/outcome.ts'
import type { Config } from './config.ts'
import { CURE_OF_NO_LOCK, NoObjectLock } from './lock.ts'

const CURES: Cures = {
  AccessDenied:
    'grant s3:PutObject on the bucket (s3:PutObjectRetention for Object Lock, kms:GenerateDataKey for KMS, s3:ListBucket for check, and with s3:GetObject for `manifest`), and compare `expected_bucket_owner`',
  KMS: 'check `kms_key_id`: enabled, and kms:GenerateDataKey granted',
  NotImplemented:
    'if the store knows no conditional writes, set `conditional_writes: false`; if it knows no encryption or Object Lock, leave that out of `storage`',
  Unnamed:
    'the answer names no error of S3; compare `endpoint`, `region` and `bucket` with the store, and check `proxy` and the credentials',
}

/** Ceph names nothing but this error for a bucket without Object Lock, and for an unknown KMS key. */
const CURES_OF_STORAGE: Cures = {
  InvalidRequest: 'compare `storage` with what the bucket allows: Object Lock enabled, the KMS key known',
  ...CURES,
}

export function outcomeOf(thrown: unknown, config: Config, now: number): Outcome {
  if (thrown instanceof NoObjectLock)
    return { kind: 'pause', reason: `${thrown.message}; ${CURE_OF_NO_LOCK}` }
  const { kms_key_id, object_lock } = config.storage
  const cures = (kms_key_id ?? object_lock) === undefined ? CURES : CURES_OF_STORAGE
  return outcomeOfS3Failure(thrown, config, cures, now)
}

export function cureOf(thrown: unknown): string {
  return cureOfS3Failure(thrown, CURES)
}
