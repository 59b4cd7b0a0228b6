import type { ReactNode } from 'react'
import type { ComponentStatus, Status } from '../../ops/status.ts'
import { useAnnouncement } from '../blocks/action.tsx'
import { StateBadge } from '../blocks/badge.tsx'
import { EmptyState } from '../blocks/empty-state.tsx'
import { Loading } from '../blocks/loading.tsx'
import { ErrorNotice } from '../blocks/notice.tsx'
import { Time, useNow } from '../blocks/time.tsx'
import { useIsOperator } from '../session.ts'
import { Page } from '../shell/page.tsx'
import { useStatus } from '../status.ts'
import type { Kind } from './advice.ts'
import { ComponentActions } from './component-actions.tsx'
import { ComponentCard } from './component-card.tsx'
import { SinkFigures } from './sink-figures.tsx'
import { SourceFigures } from './source-figures.tsx'
import { SpoolCard } from './spool-card.tsx'
import { Trouble } from './trouble.tsx'

const LOOK_EVERY_MS = 3_000

export function ComponentsPage() {
  const status = useStatus(LOOK_EVERY_MS)
  const { data, error } = status
  return (
    <Page title="Components" beside={data && <StateBadge state={data.state} />}>
      {error !== null && <ErrorNotice error={error} retry={() => status.refetch()} />}
      {status.isPending && <Loading what="the components" />}
      {data && <Components status={data} />}
    </Page>
  )
}

function Components({ status }: { status: Status }) {
  const { announcement, announce } = useAnnouncement()
  const operator = useIsOperator()
  const now = useNow(10_000)
  const card = (kind: Kind, id: string, it: ComponentStatus, figures: ReactNode) => (
    <ComponentCard
      key={id}
      kind={kind}
      id={id}
      it={it}
      actions={operator && <ComponentActions kind={kind} id={id} it={it} announce={announce} />}
    >
      {figures}
    </ComponentCard>
  )
  return (
    <>
      {announcement}
      <SpoolCard spool={status.spool}>
        {status.runtime}, version {status.version}
        {status.startedAt !== '' && (
          <>
            , started <Time at={status.startedAt} />
          </>
        )}
      </SpoolCard>
      <Trouble status={status} />
      <Kinds title="Sources" empty="No source is configured">
        {Object.entries(status.sources).map(([id, it]) =>
          card('source', id, it, <SourceFigures it={it} now={now} />),
        )}
      </Kinds>
      <Kinds title="Sinks" empty="No sink is configured">
        {Object.entries(status.sinks).map(([id, it]) => card('sink', id, it, <SinkFigures it={it} />))}
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
