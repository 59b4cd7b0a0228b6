import { z } from 'zod'
import { googleCredentialOptions } from '../../../src/lib/google/token.ts'
import { httpUrl } from '../../../src/lib/options.ts'
import { objectOptions } from '../../../src/lib/sinks/hour-objects.ts'

export const config = z.strictObject({
  bucket: z
    .string({ error: 'expected the name of a bucket' })
    .regex(
      /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
      'expected a name alone, no gs:// and no path: 3 to 222 small letters, digits, `.`, `_` and `-`, no sign at its ends',
    )
    .describe('Bucket that the objects are written to.'),
  ...objectOptions,
  endpoint: httpUrl()
    .default('https://storage.googleapis.com')
    .describe('Address of Cloud Storage; another one for Private Service Connect.'),
  ...googleCredentialOptions,
})

export type Config = z.output<typeof config>
