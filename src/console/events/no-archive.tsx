import { EmptyState } from '../blocks/empty-state.tsx'
import { Page } from '../shell/page.tsx'

const EXAMPLE = `sinks:
  archive:
    type: archive
    path: ./data/archive.db`

export function NoArchive() {
  return (
    <Page title="Events">
      <EmptyState title="No archive keeps the events yet">
        <p className="soft">
          The events can be looked at here once a sink of type <code>archive</code> keeps them. Add it to the
          configuration and start the engine again; the other sinks go on as they are.
        </p>
        <pre className="code">{EXAMPLE}</pre>
        <p className="soft">
          <code>auditferry backfill</code> with <code>--sink archive</code> brings the history in.
        </p>
      </EmptyState>
    </Page>
  )
}
