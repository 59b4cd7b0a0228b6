import { useQuery } from '@tanstack/react-query'
import { useSearch } from 'wouter/use-browser-location'
import type { AuditEvent } from '../../event.ts'
import { get } from '../api.ts'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { useKeys } from '../shell/keyboard.ts'
import { Page } from '../shell/page.tsx'
import { BackLink, goBack } from './back-link.tsx'
import { Deliveries } from './deliveries.tsx'
import { EventFormats } from './event-formats.tsx'
import { EventSummary } from './event-summary.tsx'
import './events.css'

interface Found {
  readonly event: AuditEvent
  /** RFC 3339. */
  readonly archivedAt: string
}

export function EventPage({ uid }: { uid: string }) {
  const archive = new URLSearchParams(useSearch()).get('archive')
  const suffix = archive === null ? '' : `?${new URLSearchParams({ archive })}`
  const path = `/api/v1/events/${encodeURIComponent(uid)}`
  const { data, error, refetch } = useQuery({
    queryKey: ['event', uid, suffix],
    queryFn: ({ signal }) => get<Found>(`${path}${suffix}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  useKeys({ Escape: goBack })
  return (
    <Page title={data?.event.actionName ?? 'Event'} beside={<BackLink />}>
      {data === undefined && error !== null && <ErrorNotice error={error} retry={() => refetch()} />}
      {data === undefined && error === null && <Loading what="the event" />}
      {data !== undefined && (
        <div className="event-page">
          <EventSummary event={data.event} archivedAt={data.archivedAt} archive={archive} />
          <Deliveries path={`${path}/deliveries${suffix}`} event={data.event} />
          <EventFormats path={`${path}/formats`} archive={archive} raw={data.event.raw} />
        </div>
      )}
    </Page>
  )
}
