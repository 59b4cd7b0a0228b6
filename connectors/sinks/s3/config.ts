import { z } from 'zod'
import { manifestOption } from '../../../src/integrity/object-records.ts'
import { integrityOption } from '../../../src/integrity/options.ts'
import { duration, flag, httpUrl, secret } from '../../../src/lib/options.ts'

const storage = z
  .strictObject({
    kms_key_id: z
      .string()
      .min(1)
      .optional()
      .describe('KMS key (id, ARN or alias) for SSE-KMS with a bucket key; without it the bucket decides.'),
    object_lock: z
      .enum(['governance', 'compliance'])
      .optional()
      .describe('Object Lock mode of each object; the bucket must have Object Lock enabled.'),
    retain_for: duration({ min: '1m' })
      .optional()
      .describe('How long Object Lock keeps an object from being changed or deleted, from the write on.'),
    expected_bucket_owner: z
      .string()
      .regex(/^\d{12}$/, 'expected an AWS account id of 12 digits')
      .optional()
      .describe('Account id that must own the bucket; any other owner pauses the sink.'),
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
    region: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Region of the bucket. Default: AWS_REGION or the AWS profile; us-east-1 when `endpoint` is set.',
      ),
    endpoint: httpUrl().optional().describe('Address of an S3-compatible store; leave it out for AWS.'),
    force_path_style: flag()
      .default(false)
      .describe('Puts the bucket into the path instead of the host name; most compatible stores need it.'),
    prefix: z
      .string()
      .refine((it) => !it.split('/').some((part) => part === '.' || part === '..'), 'may not hold . or ..')
      .default('')
      .describe('First part of every key, such as `audit/pulumi`.'),
    layout: z
      .enum(['hive', 'plain'])
      .default('hive')
      .describe('Key layout: `hive` (org=…/dt=…/hour=…) for Athena and the like, `plain` (YYYY/MM/DD/HH).'),
    compression: z
      .enum(['gzip', 'zstd', 'none'])
      .default('gzip')
      .describe('Compression of each object; shown by the ending of the key.'),
    conditional_writes: flag()
      .default(true)
      .describe('Sends `If-None-Match: *`, so that a repeated write never makes a second version.'),
    storage: storage.prefault({}).describe('Encryption, retention and ownership of the objects.'),
    integrity: integrityOption(),
    manifest: manifestOption,
    access_key_id: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Access key; without it the usual AWS chain is asked (environment, profile, web identity, IMDS).',
      ),
    secret_access_key: secret().optional().describe('Secret of the access key.'),
    session_token: secret().optional().describe('Session token of temporary credentials.'),
    role_arn: z
      .string()
      .regex(/^arn:[^:]+:iam::\d{12}:role\/.+$/, 'expected arn:aws:iam::<account>:role/<name>')
      .optional()
      .describe('Role to assume with those credentials.'),
    external_id: z.string().min(2).optional().describe('External id that the role asks for.'),
  })
  .refine((it) => (it.access_key_id === undefined) === (it.secret_access_key === undefined), {
    message: 'access_key_id and secret_access_key belong together: give both or neither',
  })
  .refine((it) => it.session_token === undefined || it.access_key_id !== undefined, {
    path: ['session_token'],
    message: 'needs access_key_id and secret_access_key',
  })
  .refine((it) => it.external_id === undefined || it.role_arn !== undefined, {
    path: ['external_id'],
    message: 'needs role_arn',
  })

export type S3Config = z.output<typeof config>
