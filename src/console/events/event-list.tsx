import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { plural } from '../blocks/number-text.ts'
import { zoneName } from '../blocks/time-text.ts'
import { EventRow } from './event-row.tsx'
import { type Filters, isFiltered } from './filters.ts'
import { LiveButton } from './live-button.tsx'
import { NewPill } from './new-pill.tsx'
import { useEvents } from './use-events.ts'
import type { Change } from './use-filters.ts'
import { useIsBelow } from './use-is-below.ts'
import { useRowKeys } from './use-row-keys.ts'

/** Pixels; assumed until a row is measured. */
const ROW_PX = 48
/** The next page is fetched this many rows before the end. */
const AHEAD = 20

export function EventList(props: {
  query: string
  filters: Filters
  change: (change: Change) => void
  clear: () => void
}) {
  const { query, filters, change, clear } = props
  const [paused, setPaused] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const { below, look } = useIsBelow(frame)
  const { list, rows, live, fresh, isMore } = useEvents(query, paused || below, look)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    // Whatever is above the list may grow and shrink.
    const top = (frame.current?.getBoundingClientRect().top ?? 0) + window.scrollY
    if (Math.abs(top - margin) > 1) setMargin(top)
  })
  const active = useRowKeys(
    rows,
    (index) => virtual.scrollToIndex(index),
    () => setPaused(!paused),
  )
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollMargin: margin,
    scrollPaddingStart: 100,
    scrollPaddingEnd: 40,
    getItemKey: (index) => rows[index]?.uid ?? index,
    // The row with the focus stays in the page, wherever the user scrolls.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range)
      if (active.index < 0 || active.index >= rows.length || shown.includes(active.index)) return shown
      return [...shown, active.index].sort((a, b) => a - b)
    },
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list
  const wantsMore = hasNextPage && !isFetchingNextPage && !isFetchNextPageError && last >= rows.length - AHEAD
  useEffect(() => {
    if (wantsMore && rows.length > 0) fetchNextPage()
  }, [wantsMore, rows.length, fetchNextPage])

  const showNew = () => {
    setPaused(false)
    const top = margin - (window.innerHeight > 500 ? 140 : 60)
    window.scrollTo({ top: Math.min(window.scrollY, Math.max(0, top)) })
  }
  if (list.isPending) return <Loading what="the events" />
  if (list.data === undefined) return <ErrorNotice error={list.error} retry={() => list.refetch()} />
  return (
    <section className="card events" aria-label="Events, newest first">
      <header>
        <h2>Newest first</h2>
        <span className="small soft cut" title={zoneName()}>
          <span className="zone-words">times of </span>
          {zoneName()}
        </span>
        <LiveButton live={live} paused={paused} onClick={() => setPaused(!paused)} />
      </header>
      <NewPill count={fresh} more={isMore} onClick={showNew} />
      <div className="event-heads" aria-hidden="true">
        <span>Who</span>
        <span>What</span>
        <span>Where</span>
        <span>When</span>
      </div>
      {rows.length === 0 && <Nothing filters={filters} clear={clear} />}
      <div ref={frame} className="feed-frame" style={{ height: virtual.getTotalSize() }}>
        {rows.length > 0 && (
          <div role="feed" aria-label="Events" aria-busy={isFetchingNextPage} ref={active.feed}>
            {items.map(({ index, start, key }) => {
              const event = rows[index]
              if (event === undefined) return null
              return (
                <EventRow
                  key={key}
                  event={event}
                  position={index}
                  total={hasNextPage ? -1 : rows.length}
                  offset={start - margin}
                  isActive={index === Math.max(0, active.index)}
                  measure={virtual.measureElement}
                  onFocus={active.setRow}
                  filters={filters}
                  change={change}
                />
              )
            })}
          </div>
        )}
      </div>
      <p className="soft small end" role="status">
        {isFetchingNextPage && 'Loading more…'}
        {!hasNextPage &&
          rows.length > 0 &&
          `${plural(rows.length, 'event')}; ${rows.length === 1 ? 'that is' : 'these are'} all.`}
      </p>
      {isFetchNextPageError && <ErrorNotice error={list.error} retry={() => fetchNextPage()} />}
    </section>
  )
}

function Nothing({ filters, clear }: { filters: Filters; clear: () => void }) {
  if (!isFiltered(filters)) {
    return (
      <EmptyState title="No events yet">The first ones appear here as soon as they are archived.</EmptyState>
    )
  }
  return (
    <EmptyState title="No events match">
      <p className="soft">New ones that match will appear here as they arrive.</p>
      <button type="button" className="button" onClick={clear}>
        Clear all filters
      </button>
    </EmptyState>
  )
}
