/**
 * What an entry of the browser's history remembers: the row that the user left from, and the list that an event was
 * opened from.
 */

/** The user's place in a list: that event or, if it is no longer among those that were read, where it would be. */
export interface Row {
  readonly uid: string
  /** Unix seconds. */
  readonly timestamp: number
}

/** The row that the user opened from this list. */
export function rowOf(state: unknown): Row | undefined {
  const row = memberOf(state, 'row')
  const [uid, timestamp] = [memberOf(row, 'uid'), memberOf(row, 'timestamp')]
  return typeof uid === 'string' && typeof timestamp === 'number' ? { uid, timestamp } : undefined
}

/** The query of the list that the user came from: `''` or `?…`. */
export function listOf(state: unknown): string | undefined {
  const list = memberOf(state, 'list')
  return typeof list === 'string' ? list : undefined
}

/** Remembers the user's place in the list, so that the back button leads there. */
export function rememberRow({ uid, timestamp }: Row): void {
  history.replaceState({ ...history.state, row: { uid, timestamp } }, '')
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
