/** A record from v1, the export: a row of CSV, whose columns the source reads in any letter case. */

/** A row has only texts; an entry of the JSON list has its time as a number. */
export function isRow(raw: unknown): raw is Readonly<Record<string, string>> {
  if (typeof raw !== 'object' || raw === null) return false
  for (const key in raw) if (typeof (raw as Record<string, unknown>)[key] !== 'string') return false
  return true
}

/** The first column of that name; empty if there is none. `name` in lower case. */
export function cellOf(row: Readonly<Record<string, string>>, name: string): string {
  for (const key in row) {
    if (key.length === name.length && key.toLowerCase() === name) return row[key] ?? ''
  }
  return ''
}
