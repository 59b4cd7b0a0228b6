/** Turns the form's fields into the body of `POST /api/v1/backfills`, or says what is wrong with them. Pure. */
import type { BackfillOrder } from '../../engine/engine-api.ts'

/** How many parts may be read at the same time, as the engine allows. */
export const MOST_PARALLEL = 64

export interface Draft {
  readonly source: string
  /** `2026-11-22T10:00`, in UTC: the value of a date and time field. */
  readonly from: string
  readonly to: string
  readonly parallel: string
  readonly sinks: readonly string[]
  readonly dryRun: boolean
}

export type Problems = Readonly<Partial<Record<keyof Draft, string>>>

export function orderOf(draft: Draft, now: number): { order: BackfillOrder } | { problems: Problems } {
  const [from, to] = [secondOf(draft.from), secondOf(draft.to)]
  const parallel = Number(draft.parallel)
  const problems: Problems = {
    ...(draft.source === '' && { source: 'Choose a source.' }),
    ...(from === undefined && { from: 'Say when it begins.' }),
    ...problemOfEnd(from, to, now),
    ...(!(Number.isInteger(parallel) && parallel >= 1 && parallel <= MOST_PARALLEL) && {
      parallel: `A number from 1 to ${MOST_PARALLEL}.`,
    }),
  }
  if (from === undefined || to === undefined || Object.keys(problems).length > 0) return { problems }
  const { source, sinks, dryRun } = draft
  return { order: { source, from, to, parallel, dryRun, ...(sinks.length > 0 && { sinks }) } }
}

function problemOfEnd(from: number | undefined, to: number | undefined, now: number): Problems {
  if (to === undefined) return { to: 'Say when it ends.' }
  if (from !== undefined && from >= to) return { to: 'The end must lie after the beginning.' }
  return to * 1000 > now ? { to: 'The end must not lie in the future.' } : {}
}

/** The value of a date and time field: `2026-11-22T10:00`, in UTC. */
export function fieldText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16)
}

function secondOf(text: string): number | undefined {
  const ms = Date.parse(`${text}Z`)
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}
