/** The status for people: what `status` prints once and `top` again and again. Pure. */

import { printable } from '../lib/printable.ts'
import type { ComponentState, SinkStatus, SourceStatus, Status } from '../ops/status.ts'
import {
  type Column,
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  type Paint,
  type Style,
  table,
  widthOf,
  wrap,
} from './terminal.ts'

interface View {
  readonly width: number
  readonly paint: Paint
  /** Milliseconds. */
  readonly now: number
  /** Events per second by component id; shown in place of columns that change little. */
  readonly rates?: Readonly<Record<string, number>>
}

/** Lines of at most `view.width` columns. */
export function renderStatus(status: Status, view: View): string[] {
  const sources = Object.entries(status.sources)
  const sinks = Object.entries(status.sinks)
  return [
    ...renderSummary(status, view),
    '',
    ...renderComponents(sourceColumns(view), sources, sourceNotes, view),
    '',
    ...renderComponents(sinkColumns(view), sinks, (it) => sinkNotes(it, view, isAlone(status)), view),
  ]
}

/** Whether no engine can be running: on Redis, workers elsewhere may be. */
function isAlone({ runtime, startedAt }: Status): boolean {
  return runtime === 'embedded' && startedAt === ''
}

function renderSummary(status: Status, view: View): string[] {
  const { version, state, runtime, startedAt, spool } = status
  const stored = isAlone(status) ? 'no engine is running' : 'as last reported by its workers'
  const up = startedAt === '' ? stored : `up ${formatDuration(view.now - Date.parse(startedAt))}`
  const room = `${formatBytes(spool.bytes)} of ${formatBytes(spool.limitBytes)}`
  const held = (spool.heldFor ?? []).map(
    ({ sink, source, events, until }) =>
      `held until ${formatTime(Date.parse(until))} for sink ${printable(sink)}, which does not take from ${printable(source)} any more: ${formatCount(events)} events`,
  )
  const title = `${view.paint('bold', `auditferry ${version}`)}  ${paintState(state, view)}`
  const line = `${title}  ${runtime}  ${up}`
  return [
    ...(widthOf(line) <= view.width ? [line] : [title, `${runtime}  ${up}`]),
    ...wrap(`spool: ${formatCount(spool.events)} events, ${room}`, view.width, '  '),
    ...held.flatMap((line) => wrap(line, view.width, '  ').map((text) => view.paint('yellow', text))),
  ]
}

interface Cell<Component> extends Column {
  show(component: Component, id: string): string
}

function sourceColumns({ rates }: View): Cell<SourceStatus>[] {
  const varying: Cell<SourceStatus> = rates
    ? { title: 'EVENTS/S', align: 'right', show: (_, id) => formatRate(rates[id]) }
    : { title: 'CHECKPOINT (UTC)', show: (it) => formatMinute(it.checkpoint) }
  return [
    { title: 'SOURCE', show: (_, id) => id },
    { title: 'STATE', show: (it) => it.state },
    { title: 'LAG', align: 'right', show: (it) => formatDuration(it.lagSeconds * 1000) },
    varying,
    { title: 'EVENTS', align: 'right', show: (it) => formatCount(it.events) },
    { title: 'GAPS', align: 'right', show: (it) => formatCount(it.gaps.length) },
    { title: 'QUAR.', align: 'right', show: (it) => formatCount(it.quarantined) },
  ]
}

function sinkColumns({ rates }: View): Cell<SinkStatus>[] {
  const varying: Cell<SinkStatus> = rates
    ? { title: 'EVENTS/S', align: 'right', show: (_, id) => formatRate(rates[id]) }
    : { title: 'FILTERED', align: 'right', show: (it) => formatCount(it.filtered) }
  return [
    { title: 'SINK', show: (_, id) => id },
    { title: 'STATE', show: (it) => it.state },
    { title: 'LAG', align: 'right', show: (it) => formatDuration(it.lagSeconds * 1000) },
    { title: 'BACKLOG', align: 'right', show: (it) => formatCount(it.backlogEvents) },
    { title: 'DELIVERED', align: 'right', show: (it) => formatCount(it.delivered) },
    varying,
    { title: 'DEAD', align: 'right', show: (it) => formatCount(it.deadLettered) },
  ]
}

const MOST_GAPS = 3

function sourceNotes(it: SourceStatus): string[] {
  const gaps = it.gaps
    .slice(0, MOST_GAPS)
    .map(({ second, reason }) => `gap at ${formatTime(second * 1000)}: ${reason}`)
  const more = it.gaps.length - gaps.length
  const unknown = Object.entries(it.unknownActions).map(
    ([action, count]) => `${action} (${formatCount(count)})`,
  )
  return [
    it.reason,
    it.walk === null
      ? ''
      : `walk (${it.walk.purpose}): at ${formatTime(it.walk.position * 1000)}, down to ${formatTime(it.walk.end * 1000)}`,
    it.late > 0 ? `late events: ${formatCount(it.late)}` : '',
    ...gaps,
    more > 0 ? `and ${formatCount(more)} more gaps` : '',
    unknown.length > 0 ? `unknown actions: ${unknown.join(', ')}` : '',
  ]
}

function sinkNotes(it: SinkStatus, { now }: View, alone: boolean): string[] {
  const waitMs = Date.parse(it.retryAt) - now
  return [
    it.reason,
    it.reason.includes(it.lastError) ? '' : `last error: ${it.lastError}`,
    waitMs > 0 && !alone ? `next try in ${formatDuration(waitMs)}` : '',
  ]
}

/** The table with each component's notes, wrapped, below its row. */
function renderComponents<Component extends { readonly state: ComponentState }>(
  columns: readonly Cell<Component>[],
  components: readonly (readonly [string, Component])[],
  notesOf: (component: Component) => string[],
  view: View,
): string[] {
  const rows = components.map(([id, it]) => columns.map(({ show }) => printable(show(it, id))))
  const [head = '', ...lines] = table(columns, rows, view.width)
  const body = components.flatMap(([, it], i) => {
    const line = (lines[i] ?? '').replace(` ${it.state}`, ` ${paintState(it.state, view)}`)
    const notes = notesOf(it).filter((note) => note !== '')
    return [line, ...notes.flatMap((note) => wrap(note, view.width - 2, '  ').map((text) => `  ${text}`))]
  })
  return [view.paint('dim', head), ...body]
}

const STATE_STYLES: Readonly<Record<ComponentState, Style>> = {
  ok: 'green',
  idle: 'green',
  catching_up: 'cyan',
  throttled: 'yellow',
  paused: 'red',
  stuck: 'red',
}

function paintState(state: ComponentState, { paint }: View): string {
  return paint(STATE_STYLES[state] ?? 'bold', state)
}

function formatMinute(seconds: number | null): string {
  return seconds === null ? '–' : formatTime(seconds * 1000).slice(0, 'yyyy-mm-dd hh:mm'.length)
}

function formatRate(perSecond = 0): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))
}
