/**
 * The event catalogue of Pulumi Cloud as of autumn 2026: 169 ids with the meaning of each. Ids and flags follow the
 * vendor's list of event types; operation, severity, kind and object are ours.
 */
import type { Operation } from '../event.ts'
import entries from './catalogue.json' with { type: 'json' }
import own from './own-actions.json' with { type: 'json' }

export interface CatalogueEntry {
  /** Event id, `stack-created`. */
  readonly event: string
  /** Display name, `Stack Created`. */
  readonly name: string
  readonly category: string
  readonly operation: Operation
  /** 1 informational, 2 low, 3 medium, 4 high. */
  readonly severity: number
  /** Family that the schema encoders map: `res`, `conf`, `cred`, `authn` … */
  readonly kind: string
  /** What the event is about: `stack`, `org-member` … */
  readonly object: string
  readonly requiresOrgAdmin?: boolean
  readonly requiresStackAdmin?: boolean
  /** What shows a failure: the record's flag, the id's meaning, or only the description. */
  readonly failure?: 'flag' | 'meaning' | 'description'
  readonly deprecated?: boolean
  /** Id that replaced a deprecated one. */
  readonly replacedBy?: string
}

export interface Identified {
  readonly action: string
  readonly actionName: string
  /** Absent for an id that the catalogue doesn't know. */
  readonly entry: CatalogueEntry | undefined
}

export const catalogue = entries as readonly CatalogueEntry[]

/** The actions of auditferry's own trail, for the source `auditferry`; not part of the vendor's catalogue. */
export const ownActions = own as readonly CatalogueEntry[]

const byId = new Map(
  [...catalogue, ...ownActions].flatMap((entry) => spellings(entry).map((id) => [id, entry] as const)),
)

/** Spellings seen so far. Limited in number and key length, so that hostile input can't make it grow. */
const seen = new Map<string, Identified>()
const SEEN_ENTRIES = 4096
const SEEN_LENGTH = 128

/**
 * Which event a record is about. Takes the id or the display name in any letter case, since the API uses both; an
 * unknown one is passed on as an id in kebab case.
 */
export function identify(event: string): Identified {
  const known = seen.get(event)
  if (known !== undefined) return known
  const identified = lookUp(event)
  if (event.length <= SEEN_LENGTH && seen.size < SEEN_ENTRIES) seen.set(event, identified)
  return identified
}

function lookUp(event: string): Identified {
  const id = kebab(event)
  const entry = byId.get(id) ?? byId.get(currentName(id))
  if (entry !== undefined) return { action: entry.event, actionName: entry.name, entry }
  if (id === '') return { action: 'unknown', actionName: 'Unknown', entry: undefined }
  return { action: id, actionName: event === id ? titleCase(id) : event, entry: undefined }
}

/**
 * The display name in kebab case is the id, except for the three `org-…` ids, whose names begin with `Organization`.
 */
function spellings(entry: CatalogueEntry): string[] {
  return [entry.event, kebab(entry.name)]
}

/** Old logs say "Environment Version Tag Open" where the catalogue says "Environment Revision Tag Open". */
function currentName(id: string): string {
  return id.replace(/^environment-version-/, 'environment-revision-')
}

function kebab(name: string): string {
  return name.trim().toLowerCase().replace(/\s+/g, '-')
}

function titleCase(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
