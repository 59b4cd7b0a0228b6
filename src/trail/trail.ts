/** The own audit trail: who did what here, who took something out, who logged in and who was not let in. */

export interface TrailEntry {
  /** Milliseconds. Each entry is later than the one before, so that it stands for the entry too. */
  readonly at: number
  /** Empty for somebody who was not let in. */
  readonly user: string
  readonly role: 'viewer' | 'operator' | ''
  /** IP address; empty where there was none, such as of a command. */
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

/** What is older, or more than that, is forgotten. */
export const TRAIL_KEEPS = { ms: 400 * DAY_MS, entries: 500_000 }
