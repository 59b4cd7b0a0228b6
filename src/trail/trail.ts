/** auditferry's own audit trail: who did what here, who exported something, who logged in and who was refused. */

export interface TrailEntry {
  /** Milliseconds. Each entry is later than the previous one, so that the time also identifies the entry. */
  readonly at: number
  /** Empty for somebody who was refused. */
  readonly user: string
  readonly role: 'viewer' | 'operator' | ''
  /** IP address; empty if there was none, as for a command. */
  readonly address: string
  /** `sink-paused`; `normalise/own-actions.json` lists them. */
  readonly action: string
  readonly outcome: 'success' | 'failure'
  /** Never a secret. */
  readonly details: Readonly<Record<string, unknown>>
}

interface TrailQuery {
  /** Only entries before this time, milliseconds. */
  readonly before?: number
  readonly limit: number
}

/** Newest first. */
export type ReadTrail = (query: TrailQuery) => Promise<TrailEntry[]>

const DAY_MS = 86_400_000

/** Older entries, and the oldest beyond this number, are forgotten. */
export const TRAIL_KEEPS = { ms: 400 * DAY_MS, entries: 500_000 }
