import { z } from 'zod'
import { awsCredentialOptions, refineAwsCredentials } from '../../../src/lib/aws/credentials.ts'
import { awsRegion } from '../../../src/lib/aws/region.ts'
import { httpUrl } from '../../../src/lib/options.ts'

export const config = z
  .strictObject({
    stream: z
      .string({ error: 'expected the name of a stream' })
      .regex(/^[\w.-]{1,128}$/, 'expected a name alone: letters, digits, `_`, `.` and `-`')
      .describe('Name of the stream.'),
    region: awsRegion().optional().describe('Region of the stream. Default: AWS_REGION or the AWS profile.'),
    endpoint: httpUrl()
      .optional()
      .describe('Address of a compatible service or a VPC endpoint; leave it out for AWS.'),
    partition_key: z
      .enum(['uid', 'organization', 'user'])
      .default('uid')
      .describe(
        'What chooses the shard: `uid` spreads events evenly; `organization` or `user` keep theirs together.',
      ),
    ...awsCredentialOptions,
  })
  .superRefine(refineAwsCredentials)

export type Config = z.output<typeof config>
