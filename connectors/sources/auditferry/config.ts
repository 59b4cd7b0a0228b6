import { z } from 'zod'

export const config = z.strictObject({
  organization: z
    .string()
    .min(1, 'is empty')
    .default('auditferry')
    .describe('What the events name as their organisation.'),
})

export type Config = z.output<typeof config>
