import { useInfiniteQuery } from '@tanstack/react-query'
import { get, isStatus } from '../api.ts'
import { ActButton } from '../blocks/act-button.tsx'
import { Badge } from '../blocks/badge.tsx'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { Cell, Table } from '../blocks/table.tsx'
import { Time } from '../blocks/time.tsx'
import { Page } from '../shell/page.tsx'
import { detailsText } from './details-text.ts'

interface Entry {
  /** RFC 3339. */
  readonly at: string
  readonly user: string
  readonly role: string
  /** Where the request came from. */
  readonly address?: string
  readonly action: string
  readonly outcome?: string
  readonly details: unknown
}

const PAGE = 100

export function TrailPage() {
  const trail = useInfiniteQuery({
    queryKey: ['trail'],
    queryFn: ({ pageParam, signal }) =>
      get<{ entries: Entry[] }>(`/api/v1/trail?${searchOf(pageParam)}`, signal),
    initialPageParam: '',
    // An answer that isn't full is the last one.
    getNextPageParam: ({ entries }) => (entries.length < PAGE ? undefined : entries.at(-1)?.at),
    retry: false,
  })
  const entries = trail.data?.pages.flatMap((page) => page.entries)
  const refused = isStatus(trail.error, 403)
  return (
    <Page title="Trail">
      <p className="soft">
        Who did what here, newest first: logins, what operators changed, and what was exported.
      </p>
      {refused && (
        <EmptyState title="The trail is for operators">
          <p className="soft">Your role lets you look at events, components and the ledger.</p>
        </EmptyState>
      )}
      {trail.error !== null && !refused && <ErrorNotice error={trail.error} retry={() => trail.refetch()} />}
      {trail.isPending && <Loading what="the trail" />}
      {entries?.length === 0 && <EmptyState title="Nothing was done here yet" />}
      {entries !== undefined && entries.length > 0 && (
        <div className="card">
          <Table label="Trail" heads={['When', 'Who', 'From', 'Action', 'Details']}>
            {entries.map((entry) => (
              <tr key={`${entry.at} ${entry.user} ${entry.action} ${detailsText(entry.details)}`}>
                <Cell label="When">
                  <Time at={entry.at} full />
                </Cell>
                <Cell label="Who">
                  {entry.user === '' ? 'a stranger' : entry.user}{' '}
                  {entry.role !== '' && <span className="small soft">{entry.role}</span>}
                </Cell>
                <Cell label="From">
                  <span className="mono">{entry.address ?? '–'}</span>
                </Cell>
                <Cell label="Action">
                  <span className="mono">{entry.action}</span>{' '}
                  {entry.outcome === 'failure' && <Badge tone="bad">failed</Badge>}
                </Cell>
                <Cell label="Details">
                  <span className="small wrap">{detailsText(entry.details)}</span>
                </Cell>
              </tr>
            ))}
          </Table>
        </div>
      )}
      {trail.hasNextPage && (
        <ActButton off={trail.isFetchingNextPage} onClick={() => trail.fetchNextPage()}>
          {trail.isFetchingNextPage ? 'Loading…' : 'Show earlier ones'}
        </ActButton>
      )}
    </Page>
  )
}

function searchOf(before: string): URLSearchParams {
  return new URLSearchParams({ limit: String(PAGE), ...(before !== '' && { before }) })
}
