import type { Reconciliation, Repaired } from '../../reconcile/result.ts'
import { Badge } from '../blocks/badge.tsx'
import { Notice } from '../blocks/notice.tsx'
import { countText, plural } from '../blocks/number-text.ts'
import { Cell, Table } from '../blocks/table.tsx'
import { findingsOf, verdictOf } from './findings.ts'

export function ReconcileResult({ result }: { result: Reconciliation }) {
  const [findings, verdict] = [findingsOf(result), verdictOf(result)]
  const sinks = Object.entries(result.sinks)
  return (
    <div className="stack">
      {result.repaired && <RepairedNotice repaired={result.repaired} />}
      <Notice tone={verdict.tone}>{verdict.text}</Notice>
      {findings.length > 0 && (
        <ul className="findings">
          {findings.map(({ tone, title, lines }) => (
            <li key={title}>
              <Badge tone={tone}>{tone === 'bad' ? 'wrong' : 'open'}</Badge> {title}
              {lines.length > 0 && (
                <ul className="mono small wrap">
                  {lines.map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ul>
      )}
      <Table
        label="What each sink has"
        heads={['Sink', 'Spooled', 'Delivered', 'Filtered', 'Dead-lettered', 'Wait', 'Read back', 'Complete']}
      >
        {sinks.map(([id, it]) => (
          <tr key={id}>
            <Cell label="Sink">{id}</Cell>
            <Cell label="Spooled">{countText(it.spooled)}</Cell>
            <Cell label="Delivered">{countText(it.delivered)}</Cell>
            <Cell label="Filtered">{countText(it.filtered)}</Cell>
            <Cell label="Dead-lettered">{countText(it.deadLettered)}</Cell>
            <Cell label="Wait">{countText(it.undelivered)}</Cell>
            <Cell label="Read back">{it.found === undefined ? 'no' : plural(it.found.events, 'event')}</Cell>
            <Cell label="Complete">
              <Badge tone={it.complete ? 'good' : 'bad'}>{it.complete ? 'complete' : 'not complete'}</Badge>
            </Cell>
          </tr>
        ))}
      </Table>
      {result.pending > 0 && (
        <p className="small soft">
          After the checkpoint: {plural(result.pending, 'event')}, which the next poll brings.
        </p>
      )}
      <Notes
        notes={[
          ...result.notes,
          ...sinks.flatMap(([id, { notes }]) => notes.map((note) => `${id}: ${note}`)),
        ]}
      />
    </div>
  )
}

function RepairedNotice({ repaired }: { repaired: Repaired }) {
  const again = Object.entries(repaired.sinks ?? {}).map(
    ([id, { events }]) => `${plural(events, 'event')} sent to ${id} again`,
  )
  const parts = [
    `${plural(repaired.events, 'event')} spooled`,
    ...(repaired.gaps > 0 ? [`${plural(repaired.gaps, 'gap')} closed`] : []),
    ...again,
  ]
  return <Notice tone="info">Repaired: {parts.join(', ')}.</Notice>
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <ul className="plain-list small soft">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}
