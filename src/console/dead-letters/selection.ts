/** Which rows of a list are selected, by id. Pure. */
export type Selection = ReadonlySet<string>

/** With `reach`, every row between the one selected last and this one is changed like this one, as in most lists. */
export function toggle(
  selection: Selection,
  ids: readonly string[],
  id: string,
  reach: { readonly from: string | undefined } | undefined,
): Selection {
  const picked = new Set(selection)
  const wanted = !selection.has(id)
  for (const one of reach?.from === undefined ? [id] : between(ids, reach.from, id)) {
    if (wanted) picked.add(one)
    else picked.delete(one)
  }
  return picked
}

/** Selects all, or none if all are selected. */
export function toggleAll(selection: Selection, ids: readonly string[]): Selection {
  return isAll(selection, ids) ? new Set() : new Set(ids)
}

export function isAll(selection: Selection, ids: readonly string[]): boolean {
  return ids.length > 0 && ids.every((id) => selection.has(id))
}

/** Drops rows that are no longer in the list; returns the same set if there are none. */
export function kept(selection: Selection, ids: readonly string[]): Selection {
  const there = new Set(ids)
  const left = [...selection].filter((id) => there.has(id))
  return left.length === selection.size ? selection : new Set(left)
}

function between(ids: readonly string[], a: string, b: string): readonly string[] {
  const [from, to] = [ids.indexOf(a), ids.indexOf(b)].sort((x, y) => x - y)
  return from === undefined || to === undefined || from === -1 ? [b] : ids.slice(from, to + 1)
}
