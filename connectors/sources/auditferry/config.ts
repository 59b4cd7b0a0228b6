import { z } from 'zod'

export const config = z.strictObject({
  organization: z.string().min(1, 'is empty').default('auditferry').describe('Organisation in the events.'),
})

export type Config = z.output<typeof config>
