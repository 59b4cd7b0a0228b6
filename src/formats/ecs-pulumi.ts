/** The custom fields of the format ecs, under `pulumi.audit`. */
import { sampledMember } from './ecs-enrichment.ts'
import { jsonMember, objectMember } from './json-members.ts'
import { leftoversOf } from './leftovers.ts'
import { programName } from './program-name.ts'
import { catalogueEntry } from './schema-table.ts'
import { plainOf, type WrittenMembers } from './written-members.ts'

export function pulumiMember(it: WrittenMembers): string {
  const action = plainOf(it.action)
  const record = leftoversOf(it)
  // Not joined and cut as smaller objects are, because that would copy all of it.
  const source = it.source === undefined ? '' : `"source":${it.source},`
  return (
    `,"pulumi":{"audit":{${source}"timestamp":${it.timestamp}` +
    jsonMember('event', it.actionName) +
    jsonMember('category', it.category) +
    jsonMember('operation', it.operation) +
    (catalogueEntry(action)?.deprecated === true ? ',"deprecated":true' : '') +
    `,"required":{"org_admin":${it.orgAdmin},"stack_admin":${it.stackAdmin}}` +
    `,"auth_failure":${it.authFailure}` +
    objectMember(
      'actor',
      jsonMember('type', it.actorType) +
        jsonMember('name', programName(it)) +
        jsonMember('urn', it.urn) +
        jsonMember('avatar_url', it.avatarUrl),
    ) +
    objectMember('token', jsonMember('id', it.tokenId) + jsonMember('name', it.tokenName)) +
    objectMember(
      'target',
      jsonMember('type', it.targetType) +
        jsonMember('name', it.targetName) +
        jsonMember('project', it.project) +
        jsonMember('stack', it.stack) +
        jsonMember('update_id', it.updateId) +
        jsonMember('user', it.targetUser) +
        jsonMember('role', it.role),
    ) +
    (record === undefined ? '' : `,"record":${record}`) +
    sampledMember(it.enrichment) +
    '}}'
  )
}
