import { actorName } from './csv-columns.ts'
import type { WrittenMembers } from './written-members.ts'

/**
 * Which program acted for a user, as JSON: a deploy token's or an agent's name. A record names it beside the user; the event
 * has it in the user's place when there is no user.
 */
export function programName(it: WrittenMembers): string | undefined {
  const name = actorName(it)
  if (name !== '') return JSON.stringify(name)
  return it.urn !== undefined && it.login === undefined ? it.name : undefined
}
