/** The custom fields of the format ecs, under `pulumi.audit`. */
import type { AuditEvent } from '../event.ts'
import { sampledMember } from './ecs-enrichment.ts'
import { objectMember, objectOf, textMember } from './json-members.ts'
import { leftovers } from './leftovers.ts'
import { programName } from './program-name.ts'
import { catalogueEntry } from './schema-table.ts'

export function pulumiMember(event: AuditEvent): string {
  const { actor, token, target, required } = event
  const record = leftovers(event)
  const audit =
    textMember('source', event.source) +
    `,"timestamp":${event.timestamp}` +
    textMember('event', event.actionName) +
    textMember('category', event.category) +
    textMember('operation', event.operation) +
    (catalogueEntry(event.action)?.deprecated === true ? ',"deprecated":true' : '') +
    `,"required":{"org_admin":${required.orgAdmin},"stack_admin":${required.stackAdmin}}` +
    `,"auth_failure":${event.authFailure}` +
    objectMember(
      'actor',
      textMember('type', actor.type) +
        textMember('name', programName(event)) +
        textMember('urn', actor.urn) +
        textMember('avatar_url', actor.avatarUrl),
    ) +
    (token === undefined
      ? ''
      : objectMember('token', textMember('id', token.id) + textMember('name', token.name))) +
    (target === undefined
      ? ''
      : objectMember(
          'target',
          textMember('type', target.type) +
            textMember('name', target.name) +
            textMember('project', target.project) +
            textMember('stack', target.stack) +
            textMember('update_id', target.updateId) +
            textMember('user', target.user) +
            textMember('role', target.role),
        )) +
    (record === undefined ? '' : `,"record":${record}`) +
    sampledMember(event.enrichment)
  return `,"pulumi":{"audit":${objectOf(audit)}}`
}
