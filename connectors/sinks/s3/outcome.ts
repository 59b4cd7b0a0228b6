/** What a failed request means for the events of its object, and what to do about it with this sink's options. */
import { type Cures, cureOfS3Failure, outcomeOfS3Failure } from '../../../src/lib/s3-refusal.ts'
import type { Outcome } from '../../../src/outcome.ts'
import type { S3Config } from './config.ts'

const CURES: Cures = {
  AccessDenied:
    'grant s3:PutObject on the bucket (s3:PutObjectRetention for Object Lock, kms:GenerateDataKey for KMS, s3:ListBucket for check, and with s3:GetObject for `manifest`), and compare `expected_bucket_owner`',
  KMS: 'check `kms_key_id`: enabled, and kms:GenerateDataKey granted',
  NotImplemented: 'if the store knows no conditional writes, set `conditional_writes: false`',
}

export function outcomeOf(thrown: unknown, config: S3Config, now: number): Outcome {
  return outcomeOfS3Failure(thrown, config, CURES, now)
}

export function cureOf(thrown: unknown): string {
  return cureOfS3Failure(thrown, CURES)
}
