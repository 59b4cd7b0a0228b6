/**
 * What each event id is in the schemas of the field, one row per catalogue id. Numbers, categories and types follow the
 * public schemas (OCSF 1.9.0 and before, ECS 9, Splunk CIM 8, Google UDM, Microsoft ASIM AuditEvent 0.1); the choice
 * for each id is ours.
 */
import { type CatalogueEntry, identify } from '../normalise/catalogue.ts'
import rows from './schema-table.json' with { type: 'json' }

export interface SchemaRow {
  /** Event id, `stack-created`. */
  readonly event: string
  /** `type_uid` of OCSF 1.9: class × 100 + activity. */
  readonly ocsf: number
  /** The class requires the target: used only if the description names it, otherwise 6003 with the same operation. */
  readonly ocsfNeedsTarget?: boolean
  /** The same for OCSF before 1.9, which has other classes. */
  readonly ocsfBefore19: number
  readonly ocsfBefore19NeedsTarget?: boolean
  /** Pairs that the schema allows together. */
  readonly ecsCategory: readonly string[]
  readonly ecsType: readonly string[]
  /** Data model and action: `Chg created`, `Acct modified`, `Auth failure`, `Data read`; `denied` is a failed change. */
  readonly cim: string
  readonly udm: string
  /** EventType of AuditEvent; `Authentication` belongs to that schema instead. */
  readonly asim: string
}

export const schemaTable = rows as readonly SchemaRow[]

const byId = new Map(schemaTable.map((row) => [row.event, row]))

/** Absent for an id that the catalogue doesn't know. `action` as in an event. */
export function schemaRow(action: string): SchemaRow | undefined {
  return byId.get(action)
}

/** What the catalogue says about an event's id, such as its kind and object. Absent for an unknown one. */
export function catalogueEntry(action: string): CatalogueEntry | undefined {
  return identify(action).entry
}
