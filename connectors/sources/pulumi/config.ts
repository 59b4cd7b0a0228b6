import { z } from 'zod'
import { baseUrl } from '../../../src/lib/http/options.ts'
import { secret } from '../../../src/lib/options.ts'
import type { Secret } from '../../../src/lib/secret.ts'

/** The line end of a secret file is removed. A file that can't be read now is reported when it is used. */
function tokenSecret() {
  const isToken = (it: Secret) => {
    try {
      return /^[\x21-\x7e]+$/.test(it.reveal().trim())
    } catch {
      return true
    }
  }
  const message =
    'holds a blank, a line break or a character beyond ASCII, which no token does: give the token alone'
  return secret().refine(isToken, message)
}

export const config = z.strictObject({
  organization: z
    .string({
      error: ({ input }) =>
        `expected the name of an organisation${typeof input === 'number' ? ' as text: put it in quotes' : ''}`,
    })
    .min(1, 'is empty')
    .regex(/^[^\s/]*$/, 'holds a blank or a slash: give the name as it stands in app.pulumi.com/NAME')
    // Alone in a path they mean another folder.
    .refine(
      (name) => name !== '.' && name !== '..',
      'is no name: give it as it stands in app.pulumi.com/NAME',
    )
    .describe('Organisation whose audit log is read, as in the address of its pages in Pulumi Cloud.'),
  access_token: tokenSecret().describe(
    'Access token that may read and export audit logs: an organisation token with an admin or custom role, or an admin’s personal token.',
  ),
  api_url: baseUrl('the token belongs into `access_token`')
    .default('https://api.pulumi.com')
    .describe('Address of the API; for a self-hosted Pulumi Cloud, of its API component.'),
  api: z
    .enum(['auto', 'v1', 'v2'])
    .default('auto')
    .describe('`v1` reads the CSV export, `v2` the JSON list; `auto` uses v2 if the server has it, else v1.'),
  user_filter: z.string().default('').describe('Only events of this login; empty for everybody’s.'),
})

export type Config = z.output<typeof config>
