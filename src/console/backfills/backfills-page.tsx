import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { BackfillStatus } from '../../ops/backfill-status.ts'
import { get } from '../api.ts'
import { useAnnouncement } from '../blocks/action.tsx'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { useIsOperator } from '../session.ts'
import { Page } from '../shell/page.tsx'
import { useStatus } from '../status.ts'
import { BackfillCard } from './backfill-card.tsx'
import { BackfillDialog } from './backfill-dialog.tsx'

const BUSY_MS = 1_000
const CALM_MS = 10_000

export function BackfillsPage() {
  const backfills = useQuery({
    queryKey: ['backfills'],
    queryFn: ({ signal }) => get<{ backfills: BackfillStatus[] }>('/api/v1/backfills', signal),
    refetchInterval: ({ state }) =>
      state.data?.backfills.some(({ endedAt }) => endedAt === '') ? BUSY_MS : CALM_MS,
  })
  const status = useStatus(CALM_MS)
  const operator = useIsOperator()
  const { announcement, announce } = useAnnouncement()
  const [asks, setAsks] = useState(false)
  const begin = operator && status.data && (
    <button type="button" className="button main push" onClick={() => setAsks(true)}>
      Begin a backfill…
    </button>
  )
  const all = backfills.data?.backfills
  return (
    <Page title="Backfills" beside={begin}>
      <p className="soft">
        A backfill reads an old range of a source, beside the live flow, and brings what is new of it. Each
        source’s last one is shown.
      </p>
      {announcement}
      {backfills.error !== null && <ErrorNotice error={backfills.error} retry={() => backfills.refetch()} />}
      {backfills.isPending && <Loading what="the backfills" />}
      {all?.length === 0 && <EmptyState title="No backfill yet" />}
      <div className="component-grid">
        {all?.map((it) => (
          <BackfillCard
            key={`${it.source} ${it.dryRun} ${it.from} ${it.to}`}
            it={it}
            source={status.data?.sources[it.source]}
            at={backfills.dataUpdatedAt}
            announce={operator ? announce : undefined}
          />
        ))}
      </div>
      {status.data && (
        <BackfillDialog open={asks} close={() => setAsks(false)} status={status.data} announce={announce} />
      )}
    </Page>
  )
}
