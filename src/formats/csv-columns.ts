/** What the CSV formats share: the columns of Pulumi's export, and the quoting of cells. */
import type { AuditEvent } from '../event.ts'
import { memberOf } from '../lib/members.ts'
import { rfc3339 } from './rfc3339.ts'
import { cellOf, isRow } from './row.ts'

export type Column = readonly [name: string, cell: (event: AuditEvent) => string]

/** The documented nine: https://www.pulumi.com/docs/administration/reference/audit-log-formats/ */
export const PULUMI_COLUMNS: readonly Column[] = [
  ['Timestamp', (event) => rfc3339(event.timestamp)],
  ['Name', userName],
  ['Login', (event) => event.actor.login],
  ['Event', (event) => event.actionName],
  ['Description', (event) => event.description],
  ['SourceIP', (event) => event.sourceIp ?? ''],
  ['RequireOrgAdmin', (event) => String(event.required.orgAdmin)],
  ['RequireStackAdmin', (event) => String(event.required.stackAdmin)],
  ['AuthenticationFailure', (event) => String(event.authFailure)],
]

/**
 * The columns of the live export; the documentation leaves out four of them:
 * https://github.com/pulumi/pulumi/pull/23212
 */
export const LIVE_COLUMNS: readonly Column[] = [
  ...PULUMI_COLUMNS,
  ['TokenID', (event) => event.token?.id ?? ''],
  ['TokenName', (event) => event.token?.name ?? ''],
  ['ActorName', actorName],
  ['ActorUrn', (event) => event.actor.urn ?? ''],
]

/**
 * Name of a non-human actor. Only the record distinguishes it from the user's name: `actor.name` is one or the other.
 */
export function actorName({ raw }: Pick<AuditEvent, 'raw'>): string {
  return isRow(raw) ? cellOf(raw, 'actorname') : textAt(raw, 'actorName')
}

export function headerOf(columns: readonly Column[]): string {
  return columns.map(([name]) => name).join(',')
}

export function quote(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}

/** Display name of the user; empty if only a non-human actor has one. */
export function userName(event: AuditEvent): string {
  const { raw, actor } = event
  const name = isRow(raw) ? cellOf(raw, 'name') : textAt(memberOf(raw, 'user'), 'name')
  return name === '' && actor.name === actorName(event) ? '' : actor.name
}

/** The source takes numbers and flags as texts. */
function textAt(node: unknown, key: string): string {
  const value = memberOf(node, key)
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
