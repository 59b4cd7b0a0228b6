import type { AuditEvent } from '../event.ts'

/** Names as written in the YAML. */
export type FormatName =
  | 'native'
  | 'raw'
  | 'csv'
  | 'pulumi_csv'
  | 'ocsf'
  | 'ecs'
  | 'cef'
  | 'leef'
  | 'pulumi_cef'
  | 'udm'
  | 'asim'
  | 'otel'

/**
 * A line format: pure, one event → one line's text without its end. Files and objects are
 * `header + lineEnd` (once, if there is a header), then each `line + lineEnd`.
 */
export interface LineFormat {
  readonly name: FormatName
  /** MIME type of a single line's content when it is sent alone. */
  readonly contentType: string
  /** File name ending without dot: `ndjson`, `csv`. */
  readonly extension: string
  readonly lineEnd: '\n' | '\r\n'
  readonly header?: string
  /** What lines can begin with: each begins with one of these. Left out for JSON and for formats with a header. */
  readonly openings?: readonly string[]
  /** Fields of an event, as paths (`actor.login`), that the format can't do without: dropping them is an error. */
  readonly requires?: readonly string[]
  encode(event: AuditEvent): string
  /**
   * The same from the event's native line, if that works without parsing; otherwise undefined. In a string, each
   * character is one byte of UTF-8 (`latin1`).
   */
  encodeLine?(line: Uint8Array): Uint8Array | string | undefined
}
