/** What an entry of the browser's history remembers: the row one left by, and the list an event was opened from. */

/** Where one is in a list: that event, or where it would stand once it is no longer among those that were read. */
export interface Row {
  readonly uid: string
  /** Unix seconds. */
  readonly timestamp: number
}

/** The row that one opened from this list. */
export function rowOf(state: unknown): Row | undefined {
  const row = memberOf(state, 'row')
  const [uid, timestamp] = [memberOf(row, 'uid'), memberOf(row, 'timestamp')]
  return typeof uid === 'string' && typeof timestamp === 'number' ? { uid, timestamp } : undefined
}

/** The query of the list that one came from, `''` or `?…`. */
export function listOf(state: unknown): string | undefined {
  const list = memberOf(state, 'list')
  return typeof list === 'string' ? list : undefined
}

/** Marks where one is in the list, to be found again by the back button. */
export function rememberRow({ uid, timestamp }: Row): void {
  history.replaceState({ ...history.state, row: { uid, timestamp } }, '')
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
