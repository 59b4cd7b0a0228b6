import { z } from 'zod'
import { googleCredentialOptions } from '../../../src/lib/google/token.ts'
import { httpUrl } from '../../../src/lib/options.ts'

export const config = z.strictObject({
  project: z
    .string({ error: 'expected the id of a project' })
    .regex(/^[a-z0-9.:-]{1,80}$/, 'expected the id of a project, such as acme-audit')
    .describe('Id of the project that the topic belongs to.'),
  topic: z
    .string({ error: 'expected the name of a topic' })
    .regex(
      /^[A-Za-z][\w.~+%-]{2,254}$/,
      'expected a name alone, without projects/ and topics/: 3 to 255 letters, digits and `-._~+%`, a letter first',
    )
    .describe('Name of the topic.'),
  ordering_key: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Ordering key of all messages; subscriptions with ordering then get them in order, at 1 MB a second.',
    ),
  endpoint: httpUrl()
    .default('https://pubsub.googleapis.com')
    .describe(
      'Address of Pub/Sub; a regional one, such as https://europe-west1-pubsub.googleapis.com, keeps events there.',
    ),
  ...googleCredentialOptions,
})

export type Config = z.output<typeof config>
