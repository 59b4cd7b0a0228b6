import { z } from 'zod'
import { awsCredentialOptions, refineAwsCredentials } from '../../../src/lib/aws/credentials.ts'
import { awsRegion } from '../../../src/lib/aws/region.ts'
import { httpUrl } from '../../../src/lib/options.ts'

export const config = z
  .strictObject({
    event_bus: z
      .string()
      .regex(/^(arn:[^:]+:events:[^:]+:\d{12}:event-bus\/)?[\w./-]{1,256}$/, 'expected a name or an ARN')
      .default('default')
      .describe('Name or ARN of the event bus.'),
    region: awsRegion().optional().describe('Region of the bus. Default: AWS_REGION or the AWS profile.'),
    endpoint: httpUrl()
      .optional()
      .describe('Address of a compatible service or a VPC endpoint; leave it out for AWS.'),
    source: z
      .string()
      .regex(/^(?!aws\.)[\w./@-]{1,256}$/, 'expected letters, digits and . - _ / @, not `aws.` in front')
      .default('auditferry.pulumi')
      .describe('`source` of the events, for rules to match.'),
    detail_type: z
      .string()
      .min(1)
      .max(128)
      .default('Pulumi Audit Event')
      .describe('`detail-type` of the events, for rules to match.'),
    ...awsCredentialOptions,
  })
  .superRefine(refineAwsCredentials)

export type EventBridgeConfig = z.infer<typeof config>
