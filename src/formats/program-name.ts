import { actorName } from './csv-columns.ts'
import type { WrittenMembers } from './written-members.ts'

/**
 * The program that acted for a user, as JSON: the name of a deploy token or an agent. A record names it next to the
 * user; the event has it in the user's place if there is no user.
 */
export function programName(it: WrittenMembers): string | undefined {
  const name = actorName(it)
  if (name !== '') return JSON.stringify(name)
  return it.urn !== undefined && it.login === undefined ? it.name : undefined
}
