/**
 * THE CONTRACT. A connector is one folder that exports one definition: plain data plus `create`.
 *
 * A source yields *records*; the engine completes each to an *event* and spools it; a sink *writes* batches of
 * events and answers with one *outcome* per event. The engine owns everything else: schedule, checkpoint, ordering,
 * batching, filtering, redaction, format, retry, pause, split, dead letters.
 */
import type { z } from 'zod'
import type { Archive } from './archive/archive.ts'
import type { StoredArchive } from './archive/stored-archive.ts'
import type { AuditEvent } from './event.ts'
import type { FormatName, LineFormat } from './formats/format.ts'
import type { FixedFormatOptions } from './formats/options.ts'
import type { Stored } from './formats/read-back.ts'
import type { ByteWriter } from './lib/byte-writer.ts'
import type { Connection } from './lib/http/http.ts'
import type { Logger } from './lib/logger.ts'
import type { Outcome } from './outcome.ts'
import type { ReadTrail, TrailEntry } from './trail/trail.ts'

export type { ReadTrail, TrailEntry }

// ── Sources ─────────────────────────────────────────────────────────────────────────────────────────

export interface SourceDefinition<Config = unknown> {
  /** The folder's name = the YAML `type` = the metric label = the log field. */
  readonly type: string
  readonly title: string
  readonly summary: string
  /** Only its own options, each with a description. The engine adds those that every source takes. */
  readonly config: z.ZodType<Config>
  create(config: Config, context: ConnectorContext): Source
  /**
   * Records of a file written by the product's own export, in the file's order and with their line numbers. `latest` is
   * the latest second that is believed. Throws when the file is not such an export.
   */
  readExport?(pieces: AsyncIterable<Buffer>, latest: number): AsyncIterable<readonly SourceRecord[]>
}

/** Reads a newest-first log. It keeps no position: the engine's walk decides what to ask for. */
export interface Source {
  /** The organisation whose log this is, as events name it. */
  readonly organization: string
  /** Other options that decide which log this is, by name: if one changes, the source starts over. No secrets. */
  readonly origin?: Readonly<Record<string, string>>
  /** Sends one request. Throws SourceError. Aborting `signal` settles it within a second. */
  read(request: ReadRequest, signal: AbortSignal): Promise<Answer>
  /** Online test of connectivity and permissions; never changes anything. */
  check(signal: AbortSignal): Promise<CheckResult>
  /** The kinds of event that the server lists. Throws SourceError, with status 404 if it has no such list. */
  eventTypes?(signal: AbortSignal): Promise<readonly EventType[]>
  close(): Promise<void>
}

export interface EventType {
  /** Event id, `stack-created`. */
  readonly event: string
  /** Display name; empty if the server gives none. */
  readonly name: string
  readonly requiresOrgAdmin: boolean
  readonly requiresStackAdmin: boolean
  readonly authenticationFailure: boolean
  readonly deprecated: boolean
  /** Empty if nothing has replaced it. */
  readonly replacedBy: string
}

export interface ReadRequest {
  /** Unix seconds. The answer starts with the newest record below this bound, and may include it. */
  readonly before: number
  /** Unix seconds. Older records are not needed; an answer may include them or not. */
  readonly notBefore: number
  /** Continuation token of the previous answer, if it gave one. Opaque. */
  readonly token?: string
  /** The `variant` of an earlier answer, so that the choice survives a restart. */
  readonly variant?: string
}

export interface Answer {
  /** The server's clock from its `Date` header, Unix seconds. */
  readonly serverTime: number | undefined
  /** Which version of the API answered (`v1`, `v2`); stored, and passed back in later requests. */
  readonly variant: string
  /** Records in the order of the answer. Leaving the loop early closes the connection. */
  readonly records: AsyncIterable<readonly SourceRecord[]>
  /** Of the next page. Known after `records` has ended. */
  token(): string | undefined
  /** Whether an answer that was cut has a token, so that one without is not cut. */
  readonly isPaged?: boolean
  /** Bytes read from the network so far. */
  bytesRead(): number
}

export type SourceRecord = RecordFields | Unreadable

/** One record, mapped to the common names. An empty text means absent. */
export interface RecordFields {
  readonly timestamp: number
  /** Event id or display name: both spellings occur. */
  readonly event: string
  readonly description: string
  readonly sourceIp: string
  readonly login: string
  readonly name: string
  readonly avatarUrl: string
  readonly email: string
  readonly tokenId: string
  readonly tokenName: string
  readonly actorName: string
  readonly actorUrn: string
  readonly orgAdmin: boolean
  readonly stackAdmin: boolean
  readonly authFailure: boolean
  /** The record as it came, as JSON text. */
  readonly raw: string
  /** Appends `raw`, if that is cheaper than building its text first. */
  writeRaw?(out: ByteWriter): void
  /** Approximate length of `raw`, if that is cheaper to determine. */
  readonly size?: number
  /** In a file: the line where it begins, from 1. */
  readonly line?: number
}

/** A record that could not be understood: its bytes are kept in the quarantine, and it is never skipped silently. */
export interface Unreadable {
  readonly unreadable: string
  readonly bytes: Uint8Array
  /** If it came from text with lines: the line where it begins, from 1. */
  readonly line?: number
}

// ── Sinks ───────────────────────────────────────────────────────────────────────────────────────────

export interface SinkDefinition<Config = unknown> {
  readonly type: string
  readonly title: string
  readonly summary: string
  readonly config: z.ZodType<Config>
  /** Formats that it accepts; the first is the default. */
  readonly formats: readonly FormatName[]
  /** Format options that the operator can't change, because the product leaves no choice. */
  readonly fixedFormatOptions?: FixedFormatOptions
  /** How it is best written to, and hard limits that the operator's `batch` can't exceed. */
  limits(config: Config): SinkLimits
  /**
   * `write` no longer reads the payloads once it settles, even if a receiver answered early: it has copied them into
   * its requests, so their memory may be reused. Without this a sink may keep payloads as long as it likes.
   */
  readonly copiesPayloads?: true
  /** What it receives can be searched: its sinks have an `archive`. */
  readonly keepsEvents?: true
  /** How long it keeps them, milliseconds; undefined means for ever. */
  keepsFor?(config: Config): number | undefined
  /** What no other sink may use at the same time, such as the file that it appends to, and the option that names it. */
  needsAlone?(config: Config): { readonly option: string; readonly value: string } | undefined
  /** Why these options can't be used with this format, and the option to change. */
  refuse?(
    config: Config,
    format: FormatName,
  ): { readonly option: string; readonly message: string } | undefined
  /**
   * What `write` would send for a batch of one event, for people to look at. Pure; holds no secret and no signature.
   */
  preview?(config: Config, context: Pick<SinkContext, 'format' | 'version'>, batch: Batch): Preview
  create(config: Config, context: SinkContext): Sink
}

export interface Preview {
  /** Where it goes: a request, a file, a key. */
  readonly place: string
  /** Headers of the request. A value that is secret, or made when sending, is only described, in brackets. */
  readonly headers?: Readonly<Record<string, string>>
  /** Before compression. */
  readonly body: string
}

export interface SinkLimits {
  /** Defaults of `batch`, `in_flight` and `timeout` (milliseconds, bytes). */
  readonly defaults: {
    maxEvents: number
    maxBytes: number
    maxAgeMs: number
    inFlight: number
    timeoutMs: number
  }
  /** A batch never holds more, whatever the configuration says. */
  readonly maxEvents?: number
  readonly maxBytes?: number
  /** Smaller or more frequent batches violate a rule of the product: an operator who sets less is shown `rule`. */
  readonly least?: {
    readonly maxEvents: number
    readonly maxBytes: number
    readonly maxAgeMs: number
    readonly rule: string
  }
}

export interface Sink {
  /**
   * Writes one batch and answers with one outcome per event, in order. It does not retry by itself. A thrown error
   * counts as `retry` for the whole batch. Aborting `signal` settles it within a second. The same batch written again
   * carries the same ids.
   */
  write(batch: Batch, signal: AbortSignal): Promise<readonly Outcome[]>
  /** Online test of connectivity and permissions. */
  check?(signal: AbortSignal): Promise<CheckResult>
  /**
   * What the receiver actually holds of a range, in any order. It may yield more than the range, because the caller
   * checks uid and time. Yields a text for a line that holds no event, and a fault for what its own lists contradict.
   * Undefined if the format has no uid. Throws when it can't be read.
   */
  readBack?(range: ReadBackRange, signal: AbortSignal): AsyncIterable<Stored> | undefined
  /**
   * Work that is due at certain times. Called by the process that holds the sink's lane, when it starts and about every
   * minute, one call at a time; where the lane is held only for a while, until the first
   * call has ended. Errors that it throws are logged, and it is tried again.
   *
   * `readUpTo`: the Unix second up to which all of the sink's sources have been read, not counting those never read. It
   * is never ahead of the source's clock, as ours may be.
   */
  tend?(signal: AbortSignal, readUpTo?: () => Promise<number | undefined>): Promise<void>
  /**
   * The sink's lane was given up, and another process may take it: releases what only one process may hold, such as the
   * lock of a file. Later calls acquire it again.
   */
  release?(): Promise<void>
  /** SIGHUP: reopen files. */
  reopen?(): Promise<void>
  /** For a sink whose events can be searched: used by the console, the export API, imports and `verify`. */
  readonly archive?: Archive & Pick<StoredArchive, 'append' | 'verify'>
  close(): Promise<void>
}

export interface ReadBackRange {
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  /** Component id of the source, and its organisation. */
  readonly source: string
  readonly organization: string
}

export interface Batch {
  /** Component id of the source; a batch never mixes sources. */
  readonly source: string
  readonly organization: string
  readonly events: readonly BatchEvent[]
  /** Sum of the payloads. */
  readonly bytes: number
}

export interface BatchEvent {
  readonly uid: string
  /** Unix seconds. */
  readonly timestamp: number
  /** The event in the sink's format, UTF-8, without line end. Must not be changed. */
  readonly payload: Uint8Array
  /** The event itself, after redaction; parsed on first use. */
  readonly event: AuditEvent
}

// ── Both ────────────────────────────────────────────────────────────────────────────────────────────

export interface ConnectorContext {
  /** Component id in the configuration. */
  readonly id: string
  readonly logger: Logger
  /** TLS, proxy and timeout as configured, for `createHttpClient`. */
  readonly connection: Connection
  /** Milliseconds; tests pass in their own. */
  readonly now: () => number
  /** Version of auditferry, for User-Agent headers. */
  readonly version: string
  /** auditferry's own audit trail; absent if no state is open. */
  readonly trail?: ReadTrail
}

export interface SinkContext extends ConnectorContext {
  readonly format: LineFormat
}

export interface CheckResult {
  readonly ok: boolean
  /** What was found: connectivity, permissions, plan, clock. Never a secret. */
  readonly detail: string
  /** What the operator can do; empty if all is well. */
  readonly cure: string
}

export function defineSource<Config>(definition: SourceDefinition<Config>): SourceDefinition<Config> {
  return definition
}

export function defineSink<Config>(definition: SinkDefinition<Config>): SinkDefinition<Config> {
  return definition
}
