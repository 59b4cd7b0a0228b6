/** The numbers of recurring texts. */
import type { Facets } from '../schema.ts'
import type { Keyed } from './append.ts'
import type { Client } from './pool.ts'
import type { NumberedEvent } from './rows.ts'

const ABSENT = { organization: 0, source: 0, login: 0, action: 0, category: 0, operation: 0, outcome: 0 }
const NOTHING: Omit<Facets, 'severity'> = { ...ABSENT, project: 0, stack: 0, address: 0 }

/** Requires the write lock, so that no other process adds a text in the meantime. */
export async function numberTexts(client: Client, events: readonly Keyed[]): Promise<NumberedEvent[]> {
  const texts = new Set(events.flatMap((event) => [...event.texts.values()]))
  const ids = new Map<string, number>()
  const take = ({ rows }: { rows: { id: number; text: string }[] }) => {
    for (const { id, text } of rows) ids.set(text, id)
  }
  take(await client.query('SELECT id, text FROM texts WHERE text = ANY($1::text[])', [[...texts]]))
  const missing = [...texts].filter((text) => !ids.has(text))
  if (missing.length > 0) {
    const insert = 'INSERT INTO texts (text) SELECT unnest($1::text[]) RETURNING id, text'
    take(await client.query(insert, [missing]))
  }
  return events.map((event) => {
    const named = [...event.texts].map(([facet, text]) => [facet, ids.get(text) ?? 0])
    return { ...event, facets: { ...NOTHING, ...Object.fromEntries(named), severity: event.severity } }
  })
}
