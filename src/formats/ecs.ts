/**
 * Elastic Common Schema: https://www.elastic.co/docs/reference/ecs. What the schema has no field for stands under
 * `pulumi.audit`, so that no field of ours can meet one of another integration.
 */
import { z } from 'zod'
import type { AuditEvent } from '../event.ts'
import { flag } from '../lib/options.ts'
import { isAddress } from './address.ts'
import { labelsMember, networkMembers } from './ecs-enrichment.ts'
import { pulumiMember } from './ecs-pulumi.ts'
import type { LineFormat } from './format.ts'
import { listMember, objectMember, textMember } from './json-members.ts'
import { recordText } from './record-text.ts'
import { rfc3339 } from './rfc3339.ts'
import { type SchemaRow, schemaTable } from './schema-table.ts'

export const ecsOptions = z.strictObject({
  original: flag()
    .default(false)
    .describe('Add the record as it came, as text, in event.original. Nothing is lost without it.'),
})

export function ecs({ original }: z.output<typeof ecsOptions>): LineFormat {
  const kinds = new Map(schemaTable.map((row) => [row.event, kindOf(row)]))
  const times: Times = { at: remembering(timeOf), created: remembering(createdOf) }
  return {
    name: 'ecs',
    contentType: 'application/json',
    extension: 'ndjson',
    lineEnd: '\n',
    encode: (event) =>
      `{"@timestamp":"${times.at(event.timestamp)}","ecs":{"version":"9.5.0"},"message":${JSON.stringify(event.description)}` +
      eventMember(event, kinds.get(event.action) ?? UNKNOWN, times, original) +
      userMember(event) +
      groupMember(event) +
      sourceMember(event) +
      organizationMember(event) +
      labelsMember(event.enrichment) +
      relatedMember(event) +
      OBSERVER +
      pulumiMember(event) +
      '}',
  }
}

const OBSERVER = ',"observer":{"vendor":"Pulumi","product":"Pulumi Cloud"},"service":{"name":"pulumi-cloud"}'

function kindOf({ ecsCategory, ecsType }: Pick<SchemaRow, 'ecsCategory' | 'ecsType'>): string {
  return `"kind":"event","category":${JSON.stringify(ecsCategory)},"type":${JSON.stringify(ecsType)}`
}

const UNKNOWN = kindOf({ ecsCategory: ['configuration'], ecsType: ['info'] })

/** What Elasticsearch's `strict_date_optional_time` reads: four digits of year. Beyond, `pulumi.audit.timestamp` has it. */
const FIRST_TIME = -62_135_596_800
const LAST_TIME = 253_402_300_799

function timeOf(timestamp: number): string {
  return rfc3339(Math.min(LAST_TIME, Math.max(FIRST_TIME, timestamp)))
}

/** As Elastic's own rules score severities: 21 low, 47 medium, 73 high. */
const SEVERITIES = [21, 21, 21, 47, 73]

function eventMember(event: AuditEvent, kind: string, times: Times, original: boolean): string {
  const action = JSON.stringify(event.action)
  return (
    `,"event":{${kind},"action":${action},"outcome":"${event.outcome}"` +
    `,"id":${JSON.stringify(event.uid)},"code":${action}` +
    `,"provider":"pulumi-cloud","module":"pulumi","dataset":"pulumi.audit"` +
    `,"created":"${times.created(event.observedAt)}","severity":${SEVERITIES[event.severity] ?? 21}` +
    (event.outcome === 'failure' ? textMember('reason', event.description) : '') +
    (original ? textMember('original', recordText(event)) : '') +
    '}'
  )
}

/** With milliseconds, which {@link rfc3339} leaves out. */
function createdOf(observedAt: number): string {
  return new Date(Math.min(LAST_TIME * 1000, Math.max(FIRST_TIME * 1000, observedAt))).toISOString()
}

interface Times {
  readonly at: (timestamp: number) => string
  readonly created: (observedAt: number) => string
}

/** Events of one second, read in one poll, come together. */
function remembering(textOf: (time: number) => string): (time: number) => string {
  let last = Number.NaN
  let text = ''
  return (time) => {
    if (time !== last) text = textOf(time)
    last = time
    return text
  }
}

function userMember({ actor, target }: AuditEvent): string {
  return objectMember(
    'user',
    textMember('name', actor.login) +
      textMember('full_name', actor.name) +
      textMember('email', actor.email) +
      objectMember('target', textMember('name', target?.user)),
  )
}

function groupMember({ target }: AuditEvent): string {
  return target?.type === 'team' ? objectMember('group', textMember('name', target.name)) : ''
}

/** `source.ip` is of type ip: a document whose address is none would be refused as a whole. */
function sourceMember({ sourceIp, enrichment }: AuditEvent): string {
  return objectMember(
    'source',
    textMember('address', sourceIp) + textMember('ip', ipOf(sourceIp)) + networkMembers(enrichment),
  )
}

function ipOf(sourceIp: string | undefined): string | undefined {
  return isAddress(sourceIp) ? sourceIp : undefined
}

function organizationMember({ organization }: AuditEvent): string {
  return objectMember('organization', textMember('name', organization) + textMember('id', organization))
}

function relatedMember({ actor, target, sourceIp }: AuditEvent): string {
  const users: string[] = []
  for (const user of [actor.login, actor.name, target?.user]) {
    if (user !== undefined && user !== '' && !users.includes(user)) users.push(user)
  }
  const ip = ipOf(sourceIp)
  return objectMember(
    'related',
    listMember('ip', ip === undefined ? [] : [`"${ip}"`]) +
      listMember(
        'user',
        users.map((user) => JSON.stringify(user)),
      ),
  )
}
