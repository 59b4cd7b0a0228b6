/** Checkpoints and cursors for people. Pure. */
import type { MirrorDocument } from '../mirror/document.ts'
import { formatCount, table } from './terminal.ts'

/** Lines of at most `width` columns. */
export function renderState({ writtenAt, sources, sinks }: MirrorDocument, width: number): string[] {
  const sourceRows = Object.entries(sources).map(([id, { state, position }]) => [
    id,
    timeText(state.checkpoint),
    timeText(position),
    formatCount(state.spooled),
  ])
  const sinkRows = Object.entries(sinks).flatMap(([id, { cursors }]) =>
    Object.entries(cursors).map(([source, cursor]) => [
      id,
      source,
      formatCount(cursor.next),
      formatCount(cursor.open.length),
      formatCount(cursor.delivered),
    ]),
  )
  const right = (title: string) => ({ title, align: 'right' as const })
  return [
    `state at ${writtenAt}`,
    '',
    ...table(
      [{ title: 'SOURCE' }, { title: 'CHECKPOINT' }, { title: 'SAFE TO RESUME FROM' }, right('EVENTS')],
      sourceRows,
      width,
    ),
    '',
    ...table(
      [{ title: 'SINK' }, { title: 'SOURCE' }, right('CURSOR'), right('OPEN BATCHES'), right('DELIVERED')],
      sinkRows,
      width,
    ),
  ]
}

function timeText(second: number | undefined): string {
  return second === undefined ? '-' : new Date(second * 1000).toISOString()
}
