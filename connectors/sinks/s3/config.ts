import { z } from 'zod'
import { manifestOption } from '../../../src/integrity/object-records.ts'
import { integrityOption } from '../../../src/integrity/options.ts'
import { awsCredentialOptions, refineAwsCredentials } from '../../../src/lib/aws/credentials.ts'
import { awsRegion } from '../../../src/lib/aws/region.ts'
import { duration, flag, httpUrl } from '../../../src/lib/options.ts'
import { objectOptions } from '../../../src/lib/sinks/hour-objects.ts'

/** 100 years. A header can't hold dates far beyond. */
const LONGEST_RETENTION = '36500d'

const storage = z
  .strictObject({
    kms_key_id: z
      .string()
      .min(1)
      .optional()
      .describe(
        'KMS key (id, ARN or alias) for SSE-KMS with a bucket key. Default: the bucket’s encryption.',
      ),
    object_lock: z
      .enum(['governance', 'compliance'])
      .optional()
      .describe('Object Lock mode of each object; the bucket must have Object Lock enabled.'),
    retain_for: duration({ min: '1m', max: LONGEST_RETENTION })
      .optional()
      .describe('How long Object Lock protects an object, from the moment it is written.'),
    expected_bucket_owner: z
      .string()
      .regex(/^\d{12}$/, 'expected an AWS account id of 12 digits')
      .optional()
      .describe('Account id that must own the bucket; with another owner the sink pauses.'),
  })
  .refine((it) => (it.object_lock === undefined) === (it.retain_for === undefined), {
    message: 'object_lock and retain_for belong together: give both or neither',
  })

export const config = z
  .strictObject({
    bucket: z
      .string({ error: 'expected the name of a bucket' })
      .min(1, 'is empty')
      .refine(
        (it) => !it.includes('/') || it.startsWith('arn:'),
        'expected a name alone, no s3:// and no path',
      )
      .describe('Bucket that the objects are written to.'),
    region: awsRegion()
      .optional()
      .describe(
        'Region of the bucket. Default: AWS_REGION or the AWS profile; us-east-1 when `endpoint` is set.',
      ),
    endpoint: httpUrl().optional().describe('Address of an S3-compatible store; leave it out for AWS.'),
    force_path_style: flag()
      .default(false)
      .describe('Puts the bucket into the path instead of the host name, as most compatible stores require.'),
    ...objectOptions,
    conditional_writes: flag()
      .default(true)
      .describe('Sends `If-None-Match: *`, so that a repeated write never creates a second version.'),
    storage: storage.prefault({}).describe('Encryption, retention and ownership of the objects.'),
    integrity: integrityOption(),
    manifest: manifestOption,
    ...awsCredentialOptions,
  })
  .superRefine(refineAwsCredentials)

export type Config = z.output<typeof config>
