/** What an entry of the browser's history remembers: the row one left by, and the list an event was opened from. */

/** Uid of the row that one opened from this list. */
export function rowOf(state: unknown): string | undefined {
  return textOf(state, 'row')
}

/** The query of the list that one came from, `''` or `?…`. */
export function listOf(state: unknown): string | undefined {
  return textOf(state, 'list')
}

/** Marks where one is in the list, to be found again by the back button. */
export function rememberRow(uid: string): void {
  history.replaceState({ ...history.state, row: uid }, '')
}

function textOf(state: unknown, key: 'row' | 'list'): string | undefined {
  if (typeof state !== 'object' || state === null) return undefined
  const value: unknown = Reflect.get(state, key)
  return typeof value === 'string' ? value : undefined
}
