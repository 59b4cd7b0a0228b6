import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { AuditEvent } from '../../event.ts'
import { get } from '../api.ts'
import { countNew, type EventPage, mergeRows, withArrivals } from './event-rows.ts'
import { followEvents } from './event-stream.ts'

const PAGE = 100
/** More arrivals than this are not kept: the list is read again instead. */
const MOST_ARRIVALS = 1_000
const REFRESH_MS = 30_000

/**
 * The rows of a query of the API, kept current; while `held`, arrivals stay out of the list. `isBelow` is called again
 * before each change of the list, so that it doesn't move under a user who has scrolled meanwhile.
 */
export function useEvents(query: string, held: boolean, isBelow: () => boolean) {
  const client = useQueryClient()
  const [live, setLive] = useState<'connecting' | 'live' | 'lost'>('connecting')
  const [arrived, setArrived] = useState<readonly AuditEvent[]>([])
  const [shownArrivals, setShownArrivals] = useState(0)
  // Without a connection more may have come than one page holds, and at any place in the list.
  const [missed, setMissed] = useState(false)
  const refreshing = useRef(false)
  const heldNow = useRef(held)
  heldNow.current = held
  const key = useMemo(() => ['events', query], [query])
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => getPage(query, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    // New events come by the stream.
    staleTime: Number.POSITIVE_INFINITY,
  })

  useEffect(() => {
    const arrive = (events: readonly AuditEvent[]) => setArrived((before) => withArrivals(before, events))
    const gone = new AbortController()
    const isFromBefore = client.getQueryData(key) !== undefined
    const close = followEvents(query, {
      onEvents: arrive,
      onOpen(again) {
        setLive('live')
        if (again || isFromBefore) setMissed(true)
        getPage(query, '', gone.signal).then(
          ({ events }) => arrive([...events].reverse()),
          // The list itself shows the error; the next connection tries again.
          () => undefined,
        )
      },
      onLost: () => setLive('lost'),
    })
    return () => {
      gone.abort()
      close()
    }
  }, [query, client, key])

  const refresh = useCallback(async () => {
    if (refreshing.current) return
    refreshing.current = true
    const before = arrived.length
    const first = await getPage(query, '', AbortSignal.timeout(REFRESH_MS)).catch(() => undefined)
    refreshing.current = false
    // The next arrival tries again, and so does scrolling back to the top.
    if (first === undefined || heldNow.current || isBelow()) return
    // A page that is still being fetched belongs to the list that is replaced.
    await client.cancelQueries({ queryKey: key, exact: true })
    client.setQueryData<InfiniteData<EventPage, string>>(key, { pages: [first], pageParams: [''] })
    // Events that arrived during the request may be missing from its answer.
    setArrived((all) => all.slice(before))
    setShownArrivals(0)
    setMissed(false)
  }, [client, key, query, arrived.length, isBelow])

  const isFlood = missed || arrived.length > MOST_ARRIVALS
  useEffect(() => {
    if (held || isBelow()) return
    if (isFlood) refresh()
    else setShownArrivals(arrived.length)
  }, [isFlood, held, arrived.length, refresh, isBelow])

  const pages = list.data?.pages
  const rows = useMemo(() => {
    return pages === undefined ? [] : mergeRows(arrived.slice(0, shownArrivals), pages)
  }, [arrived, shownArrivals, pages])
  const fresh = useMemo(() => {
    return pages === undefined ? 0 : countNew(arrived.slice(shownArrivals), rows, pages)
  }, [arrived, shownArrivals, rows, pages])
  return { list, rows, live, fresh, isMore: isFlood && fresh >= PAGE }
}

function getPage(query: string, cursor: string, signal: AbortSignal): Promise<EventPage> {
  const parameters = new URLSearchParams(query)
  parameters.set('limit', String(PAGE))
  if (cursor !== '') parameters.set('cursor', cursor)
  return get<EventPage>(`/api/v1/events?${parameters}`, signal)
}
