/**
 * Each sink against the receiver of its conformance harness: the engine drains a spool into it with the sink's own
 * defaults, once with a number of events and once with four times as many. The difference leaves out the start; what
 * grows with the backlog shows in the peaks.
 */
import { prepareEngine } from './engine.ts'
import { type History, openHistory } from './history.ts'
import { startLinked } from './process-link.ts'
import type { Result, ScenarioOptions } from './scenarios.ts'
import { type Measurable, measurables } from './sink-harnesses.ts'
import type { ReceiverUse } from './sink-receiver.ts'

/** Receivers keep what they get: more than this would measure their garbage collector. */
const MOST = 100_000
const TIMES = 4
/** Of receivers, which hold parsed what the engine never has in memory at once. */
const HEAP = ['--max-old-space-size=8192', '--max-semi-space-size=64']

export async function measureSinks({ events, density, sinks }: ScenarioOptions): Promise<Result[]> {
  const counts = [Math.min(events, MOST), TIMES * Math.min(events, MOST)]
  const filled: Filled[] = []
  try {
    for (const count of counts) filled.push(await fill(count, density))
    const rows: Result[] = []
    for (const it of await measurables(sinks)) {
      const runs: Run[] = []
      for (const spool of filled) runs.push(await drain(it, spool))
      rows.push(rowOf(it, runs))
    }
    return rows
  } finally {
    for (const { remove } of filled) await remove()
  }
}

interface Filled {
  readonly history: History
  readonly events: number
  /** Address of the source that the state was filled from: to read from another one begins anew. */
  readonly source: string
  /** Folder of a state whose lane has all events before it. */
  readonly state: string
  remove(): Promise<void>
}

/** The lane's receiver is busy while the spool is filled. */
async function fill(events: number, density: number): Promise<Filled> {
  const history = await openHistory({ events, density })
  const source = await startLinked('./source.ts', [history.csv, history.json, history.tail])
  const receiver = await startLinked('./receiver.ts', ['held'])
  const engine = prepareEngine({ source: source.url, receiver: receiver.url }, history, {
    api: 'v1',
    sink: '',
  })
  const { exitCode } = await engine.runOnce()
  await Promise.all([source.ask('finish'), receiver.stop()])
  const remove = async () => {
    engine.remove()
    await source.stop()
  }
  if (exitCode !== 3) {
    await remove()
    throw new Error(`the engine ended with ${exitCode}, not 3`)
  }
  return { history, events, source: source.url, state: engine.state, remove }
}

interface Run {
  readonly events: number
  readonly cpuSeconds: number
  readonly peakMiB: number
  readonly wallSeconds: number
  readonly receiverSeconds: number
}

async function drain(
  { type, variant }: Measurable,
  { history, events, source, state }: Filled,
): Promise<Run> {
  const receiver = await startLinked('./sink-receiver.ts', [type, variant], HEAP)
  try {
    // A test gives up early; a receiver that shares its core with others may be slow.
    const { timeout: _, ...own } = (await receiver.ask('options')) as Record<string, unknown>
    const engine = prepareEngine({ source, receiver: '' }, history, {
      ...{ api: 'v1', sink: '', from: state },
      other: { type, ...own },
    })
    const { exitCode, ...used } = await engine.runOnce()
    const { events: came, cpuSeconds: receiverSeconds } = (await receiver.ask('use')) as ReceiverUse
    engine.remove()
    if (exitCode !== 0 || came !== events) {
      throw new Error(`${type} ${variant}: it ended with ${exitCode}, and ${came} events of ${events} came`)
    }
    return { events, ...used, receiverSeconds }
  } finally {
    await receiver.ask('stop')
    await receiver.stop()
  }
}

function rowOf({ type, variant }: Measurable, [few, many]: readonly Run[]): Result {
  if (few === undefined || many === undefined) throw new Error('two runs were asked for')
  const events = many.events - few.events
  const more = (figure: 'cpuSeconds' | 'wallSeconds' | 'receiverSeconds') => many[figure] - few[figure]
  return {
    what: variant === '' ? type : `${type}, ${variant}`,
    figures: {
      'events/s': events / more('wallSeconds'),
      'µs CPU per event': (more('cpuSeconds') / events) * 1e6,
      'µs of the receiver': (more('receiverSeconds') / events) * 1e6,
      'MiB peak': few.peakMiB,
      [`MiB peak with ${TIMES} times the events`]: many.peakMiB,
    },
  }
}
