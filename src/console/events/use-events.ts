import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { AuditEvent } from '../../event.ts'
import { get } from '../api.ts'
import { countNew, type EventPage, mergeRows, withArrivals } from './event-rows.ts'
import { followEvents } from './event-stream.ts'

const PAGE = 100
/** More arrivals than that are not kept: the list is read again instead. */
const MOST_ARRIVALS = 1_000

/** The rows of a query of the API, kept current; `held` keeps what arrives out of the list until it is shown. */
export function useEvents(query: string, held: boolean) {
  const client = useQueryClient()
  const [live, setLive] = useState<'connecting' | 'live' | 'lost'>('connecting')
  const [arrived, setArrived] = useState<readonly AuditEvent[]>([])
  const [shownArrivals, setShownArrivals] = useState(0)
  const key = useMemo(() => ['events', query], [query])
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => getPage(query, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    // What is new comes by the stream.
    staleTime: Number.POSITIVE_INFINITY,
  })

  useEffect(() => {
    const arrive = (events: readonly AuditEvent[]) => setArrived((before) => withArrivals(before, events))
    const gone = new AbortController()
    const close = followEvents(query, {
      onEvents: arrive,
      onOpen() {
        setLive('live')
        getPage(query, '', gone.signal).then(
          ({ events }) => arrive([...events].reverse()),
          // The list itself says what is wrong; the next opening tries again.
          () => undefined,
        )
      },
      onLost: () => setLive('lost'),
    })
    return () => {
      gone.abort()
      close()
    }
  }, [query])

  const refresh = useCallback(async () => {
    client.setQueryData<InfiniteData<EventPage, string>>(
      key,
      (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    )
    await client.refetchQueries({ queryKey: key, exact: true })
    setArrived([])
    setShownArrivals(0)
  }, [client, key])

  const isFlood = arrived.length > MOST_ARRIVALS
  useEffect(() => {
    if (isFlood && !held) refresh()
    else if (!held) setShownArrivals(arrived.length)
  }, [isFlood, held, arrived.length, refresh])

  const pages = list.data?.pages
  const rows = useMemo(() => {
    return pages === undefined ? [] : mergeRows(arrived.slice(0, shownArrivals), pages)
  }, [arrived, shownArrivals, pages])
  const fresh = useMemo(() => {
    return pages === undefined ? 0 : countNew(arrived.slice(shownArrivals), rows, pages)
  }, [arrived, shownArrivals, rows, pages])
  return { list, rows, live, fresh, isFlood }
}

function getPage(query: string, cursor: string, signal: AbortSignal): Promise<EventPage> {
  const parameters = new URLSearchParams(query)
  parameters.set('limit', String(PAGE))
  if (cursor !== '') parameters.set('cursor', cursor)
  return get<EventPage>(`/api/v1/events?${parameters}`, signal)
}
