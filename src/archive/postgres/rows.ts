/** The columns of `events`, each with the source of its values. */
import type { Facets } from '../schema.ts'
import type { Keyed } from './append.ts'
import { FACET_NAMES } from './ddl.ts'

export type NumberedEvent = Keyed & { readonly facets: Facets }

interface Column {
  readonly name: string
  readonly type: 'bigint' | 'bytea' | 'text'
  of(event: NumberedEvent, entry: number, place: number): unknown
}

export const EVENT_COLUMNS: readonly Column[] = [
  { name: 'key', type: 'bigint', of: ({ key }) => key },
  { name: 'entry', type: 'bigint', of: (_, entry) => entry },
  { name: 'place', type: 'bigint', of: (_event, _entry, place) => place },
  { name: 'uid', type: 'bytea', of: ({ uid }) => uid },
  ...FACET_NAMES.map((name): Column => ({ name, type: 'bigint', of: ({ facets }) => facets[name] })),
  { name: 'words', type: 'text', of: ({ words }) => words },
]
