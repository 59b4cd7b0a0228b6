import { z } from 'zod'
import { awsCredentialOptions, refineAwsCredentials } from '../../../src/lib/aws/credentials.ts'
import { awsRegion } from '../../../src/lib/aws/region.ts'
import { httpUrl } from '../../../src/lib/options.ts'

export const config = z
  .strictObject({
    queue_url: httpUrl()
      .refine(isQueue, 'expected the address of a queue: https://sqs.<region>.amazonaws.com/<account>/<name>')
      .describe(
        'Address of the queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/audit; a name that ends in `.fifo` is a FIFO queue.',
      ),
    region: awsRegion().optional().describe('Region of the queue. Default: the one in `queue_url`.'),
    message_group_id: z
      .string()
      .regex(/^[!-~]{1,128}$/, 'expected 1 to 128 visible ASCII characters')
      .optional()
      .describe('Message group of a FIFO queue, within which the order is kept. Default: the organisation.'),
    ...awsCredentialOptions,
  })
  .superRefine(refineAwsCredentials)
  .refine((it) => it.message_group_id === undefined || isFifo(it.queue_url), {
    path: ['message_group_id'],
    message: 'needs a FIFO queue: let `queue_url` end in .fifo, or leave it out',
  })

export type SqsConfig = z.infer<typeof config>

export function isFifo(queueUrl: string): boolean {
  return queueUrl.endsWith('.fifo')
}

/** `https://sqs.eu-west-1.amazonaws.com/…`, `https://eu-west-1.queue.amazonaws.com/…` → `eu-west-1`. */
export function regionOf({ region, queue_url }: Pick<SqsConfig, 'region' | 'queue_url'>): string | undefined {
  const { hostname } = new URL(queue_url)
  const named = /^sqs(?:-fips)?\.([a-z0-9-]+)\.|^([a-z]{2}-[a-z0-9-]+)\.queue\./.exec(hostname)
  return region ?? named?.[1] ?? named?.[2]
}

function isQueue(text: string): boolean {
  const url = new URL(text)
  return /^\/[^/]+\/[^/]+$/.test(url.pathname) && url.search === '' && url.username === ''
}
