/** Which objects a batch becomes: one a class and day, and the key of each. */
import type { Batch, BatchEvent } from '../../../src/connector.ts'
import { groupBy, type HourGroup, objectName } from '../../../src/lib/hour-objects.ts'
import { jsonText } from '../../../src/lib/json-text.ts'
import { CLASSES, type LakeClass } from './columns.ts'
import type { Config } from './config.ts'

export interface LakeGroup extends HourGroup {
  readonly class: LakeClass
}

/** The newest that Security Lake takes from custom sources. */
export const VERSION = '1.3.0'
const DAY = 86_400
const MOST_CLASSES = 10_000

/** Events of one class and UTC day, sorted by time. Those whose time no key can hold are in none. */
export function groupsOf(batch: Batch): LakeGroup[] {
  return groupBy(
    batch.events,
    ({ payload, timestamp }) => classUidOf(payload) + MOST_CLASSES * Math.floor(timestamp / DAY),
  ).map((group) => ({
    ...group,
    class: classOf(group.events[0] as BatchEvent),
  }))
}

/** https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources-best-practices.html */
export function keyOf({ source, organization }: Batch, group: LakeGroup, config: Config): string {
  const { region, account_id, custom_sources } = config
  const account = account_id ?? `external_${organization.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}`
  const folder = custom_sources[group.class.name as keyof Config['custom_sources']]
  const day = dayOf(group.events[0]?.timestamp ?? 0)
  const partition = `region=${region}/accountId=${account}/eventDay=${day}`
  return `ext/${folder}/${partition}/${objectName(source, group.events)}.parquet`
}

export type Row = Record<string, unknown>

/** The row of an event; what may hold anything is JSON as text in it. */
export function rowOf({ payload }: Pick<BatchEvent, 'payload'>): Row {
  const row: Row = JSON.parse(text(payload, 0, payload.length))
  if (row.unmapped !== undefined) row.unmapped = jsonText(row.unmapped)
  for (const resource of (row.resources ?? []) as Row[]) {
    if (resource.data !== undefined) resource.data = jsonText(resource.data)
  }
  return row
}

function classOf({ payload }: BatchEvent): LakeClass {
  const version = after(payload, '"metadata":{"version":"', VERSION.length)
  // Members that the columns don't know would be lost in silence.
  if (version !== VERSION) throw new RangeError(`an event of OCSF ${version}, not ${VERSION}`)
  const uid = classUidOf(payload)
  const known = CLASSES[uid]
  if (known === undefined) throw new RangeError(`no columns for the class ${uid} of OCSF`)
  return known
}

function classUidOf(payload: Uint8Array): number {
  return Number.parseInt(after(payload, '"class_uid":', 4), 10)
}

/**
 * What follows the first `name`, whose quotes no text in front of it can hold unescaped: the format writes its own members
 * first.
 */
function after(payload: Uint8Array, name: string, length: number): string {
  const at = view(payload).indexOf(name, 0, 'latin1')
  return at < 0 ? '' : text(payload, at + name.length, at + name.length + length)
}

function text(payload: Uint8Array, from: number, to: number): string {
  return view(payload).toString('utf8', from, to)
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** `20261122` */
function dayOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 10).replaceAll('-', '')
}
