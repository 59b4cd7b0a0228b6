/** Events per second of each component, from the counts of several looks at the status. */
import type { Status } from './status.ts'

/** Adds the rates to a status; each status that passes through is a look. */
export type Rates = (status: Status) => Status

const LOOK_EVERY_MS = 10_000

/** Over a longer time a rate says little about now, and over a shorter one it jumps. */
const WINDOW_MS = 60_000
const LEAST_MS = 1_000

interface Look {
  /** Milliseconds. */
  readonly at: number
  readonly counts: Readonly<Record<string, number>>
}

export function createRates(now: () => number): Rates {
  let looks: readonly Look[] = []
  return (status) => {
    const look: Look = { at: now(), counts: countsOf(status) }
    looks = [...looks.filter(({ at }) => at < look.at && at >= look.at - WINDOW_MS), look]
    const first = looks[0] ?? look
    const rated = <It>(kind: string, all: Readonly<Record<string, It>>) =>
      Object.fromEntries(
        Object.entries(all).map(([id, it]) => [
          id,
          { ...it, eventsPerSecond: rateOf(first, look, `${kind} ${id}`) },
        ]),
      )
    return { ...status, sources: rated('source', status.sources), sinks: rated('sink', status.sinks) }
  }
}

/** Looks now and then, so that even the first request gets a rate. Answers when it wants to run again. */
export function lookingAt(status: () => Promise<Status>): () => Promise<number> {
  return () =>
    status().then(
      () => LOOK_EVERY_MS,
      () => LOOK_EVERY_MS,
    )
}

/** Null also for a component that is new, or whose count fell: a new state. */
function rateOf(first: Look, last: Look, component: string): number | null {
  const [before, after] = [first.counts[component], last.counts[component]]
  if (before === undefined || after === undefined || after < before) return null
  const ms = last.at - first.at
  return ms < LEAST_MS ? null : Math.round(((after - before) / ms) * 1_000_000) / 1_000
}

function countsOf({ sources, sinks }: Status): Record<string, number> {
  return Object.fromEntries([
    ...Object.entries(sources).map(([id, it]) => [`source ${id}`, it.events] as const),
    ...Object.entries(sinks).map(
      ([id, it]) => [`sink ${id}`, it.delivered + it.filtered + it.deadLettered] as const,
    ),
  ])
}
