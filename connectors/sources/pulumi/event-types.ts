/** The server's own catalogue of its event types (reference, part 3). */
import { z } from 'zod'
import type { EventType } from '../../../src/connector.ts'
import { excerptOf } from '../../../src/lib/http/outcome.ts'
import { openBody, shortText } from './body.ts'
import type { Client } from './client.ts'
import { CHECK_ADDRESS, Refusal } from './refusal.ts'

/** A server may send null for a flag that it leaves open. */
const flag = z.preprocess((value) => value ?? false, z.boolean())
const text = z.preprocess((value) => value ?? '', z.string())

const answer = z.object({
  eventTypes: z.array(
    z.object({
      event: z.string().min(1),
      displayName: text,
      requiresOrgAdmin: flag,
      requiresStackAdmin: flag,
      authenticationFailure: flag,
      deprecated: flag,
      replacedBy: text,
    }),
  ),
})

/** Bytes. Far above the 169 types of autumn 2026; a longer list is cut, and then isn't JSON. */
const SIZE_LIMIT = 8 * 1024 * 1024

/** Throws {@link Refusal}, with status 404 if an older server has no such list. */
export async function readEventTypes(client: Client, signal: AbortSignal): Promise<EventType[]> {
  const stream = await client.get('auditlogs/event-types', {}, signal)
  const text = await shortText(openBody(stream), SIZE_LIMIT).catch((thrown: unknown) => {
    throw signal.aborted ? signal.reason : client.broken(thrown)
  })
  const parsed = answer.safeParse(jsonOf(text))
  if (!parsed.success) {
    const problem = `the list of event types came as something else${excerptOf(client.clean(text))}`
    throw new Refusal('transient', { problem, cure: CHECK_ADDRESS })
  }
  return parsed.data.eventTypes.map(({ displayName: name, ...type }) => ({ name, ...type }))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
