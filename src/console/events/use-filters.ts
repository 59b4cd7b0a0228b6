import { useCallback, useMemo } from 'react'
import { useLocation } from 'wouter'
import { useSearch } from 'wouter/use-browser-location'
import { changed, type Filters, readFilters, unreadIn, writeFilters } from './filters.ts'

export type Change = Parameters<typeof changed>[1]

/** The filters in the page's address, and how to change them; each change is a step for the back button. */
export function useFilters(): {
  readonly filters: Filters
  /** Parameters of the address that have no effect. */
  readonly unread: readonly string[]
  /** `replace` is for typing: not every letter should be a step. */
  readonly change: (change: Change, options?: { replace?: boolean }) => void
  readonly clear: () => void
} {
  // The browser's own: wouter's `useSearch` decodes it, and what is decoded twice makes the login `a%41` an `aA`.
  const search = useSearch()
  const [, navigate] = useLocation()
  const filters = useMemo(() => readFilters(search), [search])
  const change = useCallback(
    (next: Change, options?: { replace?: boolean }) => {
      const wanted = changed(filters, next)
      // Setting the same filters again would add a step back that changes nothing.
      if (writeFilters(wanted) !== writeFilters(filters)) navigate(`/${writeFilters(wanted)}`, options)
    },
    [filters, navigate],
  )
  const clear = useCallback(() => {
    const { archive } = filters
    navigate(`/${writeFilters(archive === undefined ? {} : { archive })}`)
  }, [filters, navigate])
  return { filters, unread: unreadIn(search), change, clear }
}
