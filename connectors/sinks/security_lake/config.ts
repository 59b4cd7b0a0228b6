import { z } from 'zod'
import { awsCredentialOptions, refineAwsCredentials } from '../../../src/lib/aws/credentials.ts'
import { flag, httpUrl } from '../../../src/lib/options.ts'

const source = (name: string, what: string) =>
  z
    .string()
    .regex(
      /^[A-Za-z0-9_-]{1,20}(\/[0-9.]{1,32})?$/,
      'expected a name of up to 20 letters, digits, - and _, and a version behind a slash if it has one',
    )
    .default(name)
    .describe(`Custom source for ${what}.`)

const customSources = z
  .strictObject({
    api_activity: source('pulumi_api', 'API Activity (6003), which most events are'),
    authentication: source('pulumi_auth', 'Authentication (3002)'),
    entity_management: source('pulumi_entity', 'Entity Management (3004)'),
    group_management: source('pulumi_group', 'Group Management (3006)'),
    account_change: source('pulumi_account', 'Account Change (3001)'),
    user_access: source('pulumi_access', 'User Access Management (3005)'),
    base_event: source('pulumi_base', 'Base Event (0): events that name nobody'),
  })
  .refine((it) => new Set(Object.values(it)).size === Object.keys(it).length, {
    message: 'each class needs a custom source of its own',
  })

export const config = z
  .strictObject({
    bucket: z
      .string({ error: 'expected the name of a bucket' })
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'expected a name alone, no s3:// and no path: 3 to 63 lower-case letters, digits, dots and hyphens, no sign at its ends',
      )
      .describe('Bucket of the data lake in that region: aws-security-data-lake-….'),
    region: z
      .string({ error: 'expected a region such as eu-west-1' })
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as eu-west-1')
      .describe('Region of the bucket and of the custom sources; part of every key.'),
    account_id: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected letters, digits, _ . and - alone')
      .optional()
      .describe('Partition accountId of the objects; default: external_ and the name of the organisation.'),
    custom_sources: customSources
      .prefault({})
      .describe('Names of the custom sources, one for each class of OCSF, as Security Lake has them.'),
    endpoint: httpUrl().optional().describe('Another address of S3, such as that of a VPC endpoint.'),
    force_path_style: flag()
      .default(false)
      .describe('Puts the bucket into the path instead of the host name.'),
    ...awsCredentialOptions,
  })
  .superRefine(refineAwsCredentials)

export type Config = z.output<typeof config>
