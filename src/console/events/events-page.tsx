import { useMemo } from 'react'
import { Link } from 'wouter'
import { useClock } from '../blocks/clock.ts'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice, Notice } from '../blocks/notice.tsx'
import { countText } from '../blocks/number-text.ts'
import { nameText } from '../blocks/turned-text.ts'
import { Page } from '../shell/page.tsx'
import { useArchives } from './archives.ts'
import { Charts } from './charts/charts.tsx'
import { EventList } from './event-list.tsx'
import { FilterBar } from './filter-bar.tsx'
import { faultOf } from './filter-fault.ts'
import { apiQuery } from './filters.ts'
import { HeldBack } from './held-back.tsx'
import { NoArchive } from './no-archive.tsx'
import { useFilters } from './use-filters.ts'
import './events.css'

export function EventsPage() {
  const archives = useArchives()
  const { filters, unread, change, clear } = useFilters()
  // A range that ends now keeps its start while the user reads, so that all pages of a list have the same query.
  const now = useClock()
  const query = useMemo(() => apiQuery(filters, now()), [filters, now])
  if (archives.data === undefined) {
    return (
      <Page title="Events">
        {archives.isError ? (
          <ErrorNotice error={archives.error} retry={() => archives.refetch()} />
        ) : (
          <Loading what="the events" />
        )}
      </Page>
    )
  }
  if (archives.data.length === 0) return <NoArchive />
  const asked = archives.data.find(({ id }) => filters.archive === undefined || id === filters.archive)
  const fault = faultOf(filters, archives.data)
  return (
    <Page
      title="Events"
      beside={asked && <span className="soft numbers">{countText(asked.events)} in the archive</span>}
    >
      <FilterBar filters={filters} change={change} clear={clear} archives={archives.data} query={query} />
      {unread.length > 0 && <Unread unread={unread} />}
      {asked && <HeldBack archive={asked.id} />}
      {fault === undefined ? (
        <>
          <Charts filters={filters} change={change} newest={asked?.newest ?? null} />
          <EventList key={query} query={query} filters={filters} change={change} clear={clear} />
        </>
      ) : (
        <Impossible fault={fault} />
      )}
    </Page>
  )
}

/** A misspelt address shows more than its author meant. */
function Unread({ unread }: { unread: readonly string[] }) {
  return (
    <div role="status">
      <Notice tone="warn">
        <span className="wrap">
          Nothing is limited by what stands in the address and is no filter: {nameText(unread.join(', '))}
        </span>
      </Notice>
    </div>
  )
}

/** One line, rather than an error in every part of the page that would send a request. */
function Impossible({ fault }: { fault: string }) {
  return (
    <div role="alert">
      <Notice tone="warn">
        <span>{fault}</span>
        <Link className="button push" href="/">
          Show all events
        </Link>
      </Notice>
    </div>
  )
}
