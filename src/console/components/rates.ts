/** Events a second of each component, from the counts of two looks at the status. Pure. */
import type { Status } from '../../ops/status.ts'

export interface Look {
  /** Milliseconds. */
  readonly at: number
  readonly status: Status
}

/** By `source:ID` and `sink:ID`; a component that is new, or whose count fell (a new state), has none. */
export type Rates = Readonly<Record<string, number>>

/** Looks that lie further back say little of now; nearer ones leap. */
const WINDOW_MS = 60_000

export function addLook(looks: readonly Look[], look: Look): Look[] {
  return [...looks.filter(({ at }) => at < look.at && at >= look.at - WINDOW_MS), look]
}

export function ratesOf(looks: readonly Look[]): Rates {
  const [first, last] = [looks.at(0), looks.at(-1)]
  if (first === undefined || last === undefined || first.at === last.at) return {}
  const before = countsOf(first.status)
  const seconds = (last.at - first.at) / 1000
  const rates = Object.entries(countsOf(last.status)).flatMap(([id, count]) => {
    const earlier = before[id]
    return earlier === undefined || count < earlier ? [] : [[id, (count - earlier) / seconds] as const]
  })
  return Object.fromEntries(rates)
}

function countsOf({ sources, sinks }: Status): Record<string, number> {
  return Object.fromEntries([
    ...Object.entries(sources).map(([id, it]) => [`source:${id}`, it.events] as const),
    ...Object.entries(sinks).map(
      ([id, it]) => [`sink:${id}`, it.delivered + it.filtered + it.deadLettered] as const,
    ),
  ])
}
