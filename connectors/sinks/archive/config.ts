import { z } from 'zod'
import { faultOf } from '../../../src/archive/postgres/address.ts'
import { parseDuration, path, secret } from '../../../src/lib/options.ts'

export const config = z
  .strictObject({
    path: path()
      .optional()
      .describe('SQLite file. It is created, with missing folders, if it does not exist.'),
    database: secret()
      .superRefine((it, context) => {
        const message = faultOf(it.reveal())
        if (message !== undefined) context.addIssue(message)
      })
      .optional()
      .describe('PostgreSQL instead of a file: `postgres://user:password@host/name`.'),
    retain: retention()
      .prefault('forever')
      .describe(
        'How long events are kept: `forever`, or a duration such as `400d`. Older ones are dropped by whole days (UTC).',
      ),
  })
  .refine((it) => it.path === undefined || it.database === undefined, {
    path: ['database'],
    message: '`path` and `database` exclude each other: leave one out',
  })
  .refine((it) => it.path !== undefined || it.database !== undefined, {
    message: 'needs `path` (a SQLite file) or `database` (PostgreSQL)',
    // A misspelt one is reported as such, not also as missing.
    when: ({ issues }) => issues.length === 0,
  })

export type Config = z.output<typeof config>

/** Milliseconds; undefined means for ever. */
function retention() {
  const expectation = 'forever, or a duration of a day at least such as 90d or 400d'
  return z
    .string({ error: `expected ${expectation}` })
    .meta({ kind: 'duration', pattern: String.raw`^(forever|\d+(\.\d+)?[smhd]|.*\$\{.*)$` })
    .transform((text, context) => {
      if (text === 'forever') return undefined
      const value = parseDuration(text)
      if (value !== undefined && value >= DAY_MS) return value
      context.issues.push({ code: 'custom', message: `expected ${expectation}`, input: text })
      return z.NEVER
    })
}

const DAY_MS = 86_400_000
