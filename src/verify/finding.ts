/**
 * What a verification finds. A fault is evidence of a change or of damage; a note says what could not be determined.
 */

type FaultKind = 'missing' | 'changed' | 'added' | 'reordered' | 'damaged'

export interface Fault {
  readonly kind: FaultKind
  /** As it was named, relative to what was verified. */
  readonly file: string
  readonly line?: number
  readonly uid?: string
  readonly message: string
}

/** A fault of a file that the caller names. */
export type Verdict = Omit<Fault, 'file'>

/** What checks find one after the other. */
export interface Findings {
  readonly faults: Fault[]
  readonly notes: string[]
}

export interface Report {
  readonly ok: boolean
  readonly files: number
  readonly events: number
  readonly manifests: number
  /** In the order of the files; only the first fault of each file, and up to twenty of an archive. */
  readonly faults: readonly Fault[]
  readonly notes: readonly string[]
}

/** `out/audit.ndjson:7: missing: …` */
export function renderFault({ kind, file, line, uid, message }: Fault): string {
  const at = line === undefined ? file : `${file}:${line}`
  return `${at}: ${kind}: ${message}${uid === undefined || uid === '' ? '' : ` (uid ${uid})`}`
}
