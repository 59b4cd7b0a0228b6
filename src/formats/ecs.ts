/**
 * Elastic Common Schema: https://www.elastic.co/docs/reference/ecs. What the schema has no field for stands under
 * `pulumi.audit`, so that no field of ours can collide with one of another integration.
 */
import { z } from 'zod'
import { flag } from '../lib/options.ts'
import { isAddress } from './address.ts'
import { labelsMember, networkMembers } from './ecs-enrichment.ts'
import { pulumiMember } from './ecs-pulumi.ts'
import type { LineFormat } from './format.ts'
import { jsonMember, listMember, objectMember, textMember } from './json-members.ts'
import { remembering, rfc3339 } from './rfc3339.ts'
import { type SchemaRow, schemaTable } from './schema-table.ts'
import { EMPTY, membersOf, membersOfLine, plainOf, type WrittenMembers } from './written-members.ts'

export const ecsOptions = z.strictObject({
  original: flag()
    .default(false)
    .describe('Adds the original record, as text, in event.original. Nothing is lost without it.'),
})

export function ecs({ original }: z.output<typeof ecsOptions>): LineFormat {
  const kinds = new Map<string | undefined, string>(
    schemaTable.map((row) => [JSON.stringify(row.event), kindOf(row)]),
  )
  const write = (it: WrittenMembers) => {
    const isIp = it.sourceIp !== undefined && isAddress(plainOf(it.sourceIp))
    return (
      `{"@timestamp":"${timeOf(it.timestamp)}","ecs":{"version":"9.5.0"},"message":${it.description ?? EMPTY}` +
      eventMember(it, kinds.get(it.action) ?? UNKNOWN, original) +
      userMember(it) +
      groupMember(it) +
      sourceMember(it, isIp) +
      organizationMember(it) +
      labelsMember(it.enrichment) +
      relatedMember(it, isIp) +
      OBSERVER +
      pulumiMember(it) +
      '}'
    )
  }
  return {
    name: 'ecs',
    contentType: 'application/json',
    extension: 'ndjson',
    lineEnd: '\n',
    encode: (event) => write(membersOf(event)),
    encodeLine(line) {
      const members = membersOfLine(line)
      return members && write(members)
    },
  }
}

const OBSERVER = ',"observer":{"vendor":"Pulumi","product":"Pulumi Cloud"},"service":{"name":"pulumi-cloud"}'

function kindOf({ ecsCategory, ecsType }: Pick<SchemaRow, 'ecsCategory' | 'ecsType'>): string {
  return `"kind":"event","category":${JSON.stringify(ecsCategory)},"type":${JSON.stringify(ecsType)}`
}

const UNKNOWN = kindOf({ ecsCategory: ['configuration'], ecsType: ['info'] })

/**
 * The range that Elasticsearch's `strict_date_optional_time` reads: years of four digits. Times outside it are only in
 * `pulumi.audit.timestamp`.
 */
const FIRST_TIME = -62_135_596_800
const LAST_TIME = 253_402_300_799

function timeOf(timestamp: number): string {
  return rfc3339(Math.min(LAST_TIME, Math.max(FIRST_TIME, timestamp)))
}

/** As Elastic's own rules score severities: 21 low, 47 medium, 73 high. */
const SEVERITIES = [21, 21, 21, 47, 73]

function eventMember(it: WrittenMembers, kind: string, original: boolean): string {
  const { action = EMPTY, outcome = EMPTY, uid = EMPTY, description } = it
  return (
    `,"event":{${kind},"action":${action},"outcome":${outcome},"id":${uid},"code":${action}` +
    `,"provider":"pulumi-cloud","module":"pulumi","dataset":"pulumi.audit"` +
    `,"created":"${createdOf(it.observedAt)}","severity":${SEVERITIES[it.severity] ?? 21}` +
    (outcome === '"failure"' ? jsonMember('reason', description) : '') +
    (original ? textMember('original', it.record()) : '') +
    '}'
  )
}

/** With milliseconds, which {@link rfc3339} leaves out. */
const createdOf = remembering((observedAt) =>
  new Date(Math.min(LAST_TIME * 1000, Math.max(FIRST_TIME * 1000, observedAt))).toISOString(),
)

function userMember({ login, name, email, targetUser }: WrittenMembers): string {
  return objectMember(
    'user',
    jsonMember('name', login) +
      jsonMember('full_name', name) +
      jsonMember('email', email) +
      objectMember('target', jsonMember('name', targetUser)),
  )
}

function groupMember({ targetType, targetName }: WrittenMembers): string {
  return targetType === '"team"' ? objectMember('group', jsonMember('name', targetName)) : ''
}

/** `source.ip` is of type ip: a document with anything but an address there would be refused as a whole. */
function sourceMember({ sourceIp, enrichment }: WrittenMembers, isIp: boolean): string {
  return objectMember(
    'source',
    jsonMember('address', sourceIp) + (isIp ? jsonMember('ip', sourceIp) : '') + networkMembers(enrichment),
  )
}

function organizationMember({ organization }: WrittenMembers): string {
  return organization === undefined ? '' : `,"organization":{"name":${organization},"id":${organization}}`
}

function relatedMember({ login, name, targetUser, sourceIp }: WrittenMembers, isIp: boolean): string {
  const users: string[] = []
  for (const user of [login, name, targetUser]) {
    if (user !== undefined && !users.includes(user)) users.push(user)
  }
  return objectMember(
    'related',
    listMember('ip', isIp && sourceIp !== undefined ? [sourceIp] : []) + listMember('user', users),
  )
}
