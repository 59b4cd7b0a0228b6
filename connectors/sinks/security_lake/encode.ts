/** Decides which objects a batch becomes: one per class and day, and the key of each. */
import type { Batch } from '../../../src/connector.ts'
import { groupBy, type HourGroup, objectName } from '../../../src/lib/sinks/hour-objects.ts'
import { CLASSES, type LakeClass } from './columns.ts'
import type { Config } from './config.ts'
import { bufferOf } from './row.ts'

/** Events of one class and UTC day, sorted by time. */
export interface LakeGroup extends HourGroup {
  readonly class: LakeClass
}

/** The newest version that Security Lake takes from custom sources. */
export const VERSION = '1.3.0'
const DAY = 86_400

/** Events of one UTC day, sorted by time. Events whose time fits into no key are left out. */
export function daysOf({ events }: Batch): HourGroup[] {
  return groupBy(events, ({ timestamp }) => Math.floor(timestamp / DAY))
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

export function classOf(payload: Uint8Array): LakeClass {
  const version = after(payload, '"metadata":{"version":"', VERSION.length)
  // Members that the columns don't know would be lost silently.
  if (version !== VERSION) throw new RangeError(`an event of OCSF ${version}, not ${VERSION}`)
  const uid = classUidOf(payload)
  const known = CLASSES[uid]
  if (known === undefined) throw new RangeError(`no columns for the class ${uid} of OCSF`)
  return known
}

export function classUidOf(payload: Uint8Array): number {
  return Number.parseInt(after(payload, '"class_uid":', 4), 10)
}

/**
 * What follows the first `name`. Its quotes can't occur unescaped in an earlier text, because the format writes its own
 * members first.
 */
function after(payload: Uint8Array, name: string, length: number): string {
  const at = bufferOf(payload).indexOf(name, 0, 'latin1')
  return at < 0 ? '' : bufferOf(payload).toString('latin1', at + name.length, at + name.length + length)
}

/** `20261122` */
function dayOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 10).replaceAll('-', '')
}
