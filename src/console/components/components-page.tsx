import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Status } from '../../ops/status.ts'
import { get } from '../api.ts'
import { useTold } from '../blocks/action.tsx'
import { StateBadge } from '../blocks/badge.tsx'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { Time, useNow } from '../blocks/time.tsx'
import { useIsOperator } from '../session.ts'
import { Page } from '../shell/page.tsx'
import { ComponentActions } from './component-actions.tsx'
import { ComponentCard } from './component-card.tsx'
import { addLook, type Look, ratesOf } from './rates.ts'
import { SinkFigures } from './sink-card.tsx'
import { SourceFigures } from './source-card.tsx'
import { SpoolCard } from './spool-card.tsx'

const LOOK_EVERY_MS = 3_000

export function ComponentsPage() {
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => get<Status>('/api/v1/status', signal),
    refetchInterval: LOOK_EVERY_MS,
  })
  const { data, dataUpdatedAt, error } = status
  const looks = useLooks(data, dataUpdatedAt)
  return (
    <Page title="Components" beside={data && <StateBadge state={data.state} />}>
      {error !== null && <ErrorNotice error={error} retry={() => status.refetch()} />}
      {status.isPending && <Loading what="the components" />}
      {data && <Components status={data} looks={looks} />}
    </Page>
  )
}

function Components({ status, looks }: { status: Status; looks: readonly Look[] }) {
  const { told, tell } = useTold()
  const operator = useIsOperator()
  const now = useNow(10_000)
  const rates = ratesOf(looks)
  return (
    <>
      {told}
      <SpoolCard spool={status.spool}>
        {status.runtime}, version {status.version}
        {status.startedAt !== '' && (
          <>
            , started <Time at={status.startedAt} />
          </>
        )}
      </SpoolCard>
      <Kinds title="Sources" empty="No source is configured">
        {Object.entries(status.sources).map(([id, it]) => (
          <ComponentCard
            key={id}
            kind="source"
            id={id}
            it={it}
            actions={operator && <ComponentActions kind="source" id={id} it={it} tell={tell} />}
          >
            <SourceFigures it={it} rate={rates[`source:${id}`]} now={now} />
          </ComponentCard>
        ))}
      </Kinds>
      <Kinds title="Sinks" empty="No sink is configured">
        {Object.entries(status.sinks).map(([id, it]) => (
          <ComponentCard
            key={id}
            kind="sink"
            id={id}
            it={it}
            actions={operator && <ComponentActions kind="sink" id={id} it={it} tell={tell} />}
          >
            <SinkFigures it={it} rate={rates[`sink:${id}`]} />
          </ComponentCard>
        ))}
      </Kinds>
    </>
  )
}

function Kinds({ title, empty, children }: { title: string; empty: string; children: readonly ReactNode[] }) {
  return (
    <section className="stack" aria-labelledby={title}>
      <h2 id={title}>{title}</h2>
      {children.length === 0 ? (
        <EmptyState title={empty} />
      ) : (
        <div className="component-grid">{children}</div>
      )}
    </section>
  )
}

/** The looks at the status of the last minute, for rates. */
function useLooks(status: Status | undefined, at: number): readonly Look[] {
  const [looks, setLooks] = useState<Look[]>([])
  if (status !== undefined && looks.at(-1)?.at !== at) setLooks(addLook(looks, { at, status }))
  return looks
}
