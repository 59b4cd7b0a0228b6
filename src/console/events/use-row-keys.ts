import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { AuditEvent } from '../../event.ts'
import { useKeys } from '../shell/keyboard.ts'
import { type Row, rowOf } from './came-from.ts'

/** Moves through the rows by keys: Tab reaches one row, arrow keys the others. */
export function useRowKeys(
  rows: readonly AuditEvent[],
  scrollTo: (index: number) => void,
  togglePause: () => void,
) {
  const feed = useRef<HTMLDivElement>(null)
  const [row, setRow] = useState<Row | undefined>(() => rowOf(history.state))
  const [moves, setMoves] = useState(0)
  const index = row === undefined ? -1 : rows.findIndex(({ uid }) => uid === row.uid)

  const move = (by: number) => {
    const from = index < 0 && row !== undefined ? placeOf(row, rows) - (by > 0 ? 1 : 0) : index
    const next = rows[Math.min(rows.length - 1, Math.max(0, from + by))]
    if (next === undefined) return
    setRow(next)
    setMoves((before) => before + 1)
  }
  // Arrow keys only move through the list if the focus is in it or nowhere in particular.
  const moveIfHere = (by: number) => {
    const at = document.activeElement
    if (at !== document.body && at?.id !== 'main' && !feed.current?.contains(at)) return false
    return move(by)
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => moveIfHere(1),
    ArrowUp: () => moveIfHere(-1),
    p: togglePause,
  })

  // On the way back, the row that the user left from gets the focus as soon as it is there, unless the user has moved
  // on.
  const comesBack = useRef(rowOf(history.state) !== undefined)
  useEffect(() => {
    if (!comesBack.current || index < 0 || activeLink(feed.current) === null) return
    comesBack.current = false
    const at = document.activeElement
    if (at === document.body || at?.id === 'main') focusRow(feed.current)
  })

  const latest = useRef({ index, scrollTo })
  latest.current = { index, scrollTo }
  // Before the next key is handled: on a busy machine Enter may follow before the window is painted.
  useLayoutEffect(() => {
    if (moves === 0 || latest.current.index < 0) return
    latest.current.scrollTo(latest.current.index)
    focusRow(feed.current)
  }, [moves])
  return { feed, index, setRow }
}

/** Where a row that isn't in the list would be: before the first that isn't newer, so that no step skips a row. */
function placeOf({ timestamp }: Row, rows: readonly AuditEvent[]): number {
  const place = rows.findIndex((each) => each.timestamp <= timestamp)
  return place < 0 ? rows.length : place
}

function focusRow(feed: HTMLElement | null): void {
  activeLink(feed)?.focus({ preventScroll: true })
}

/** The list draws this row, wherever the user has scrolled. */
function activeLink(feed: HTMLElement | null): HTMLElement | null {
  return feed?.querySelector<HTMLElement>('[data-active]') ?? null
}
