/** The configuration after loading: everything resolved, in the units of the code (milliseconds, bytes, seconds). */
import type { SinkDefinition, SourceDefinition } from '../connector.ts'
import type { FormatName } from '../formats/format.ts'
import type { FormatOptions } from '../formats/options.ts'
import type { Connection } from '../lib/http/http.ts'
import type { Secret } from '../lib/secret.ts'

export interface Config {
  /** Absolute path of the file; relative paths inside it resolve against its folder. */
  readonly file: string
  readonly sources: Readonly<Record<string, SourceConfig>>
  readonly sinks: Readonly<Record<string, SinkConfig>>
  readonly state: StateConfig
  readonly server: ServerConfig
  readonly log: LogConfig
  readonly shutdownTimeoutMs: number
}

export interface SourceConfig {
  readonly id: string
  readonly definition: SourceDefinition
  /** The connector's own options, parsed. */
  readonly options: unknown
  readonly connection: Connection
  readonly pollEveryMs: number
  readonly start: Start
  readonly overlapMs: number
  readonly retrospectMs: readonly number[]
  readonly requestsPerMinute: number
  /** How often the day before is reconciled. */
  readonly reconcileEveryMs?: number
}

/** Where a source's first walk ends. */
export type Start =
  | { readonly kind: 'now' }
  | { readonly kind: 'beginning' }
  | { readonly kind: 'ago'; readonly ms: number }
  | { readonly kind: 'at'; readonly second: number }

export interface SinkConfig {
  readonly id: string
  readonly definition: SinkDefinition
  readonly options: unknown
  readonly connection: Connection
  /** Ids of the sources it takes from. */
  readonly sources: readonly string[]
  /** CEL over the event, already checked. */
  readonly where?: string
  /** What is added to each event. */
  readonly enrich?: Enrich
  /** Kinds of event that are thinned out. */
  readonly sample?: readonly Sample[]
  /** For how long an event that says the same as an earlier one is left out. */
  readonly dedupeWindowMs?: number
  readonly redact: readonly Redaction[]
  readonly format: FormatName
  readonly formatOptions: FormatOptions
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number; readonly maxAgeMs: number }
  readonly inFlight: number
  readonly retry: { readonly maxBackoffMs: number; readonly giveUpAfterMs?: number }
  readonly start: 'checkpoint' | 'beginning'
  readonly enabled: boolean
  /** What no other sink may use, and the option that names it. */
  readonly alone?: { readonly option: string; readonly value: string }
}

export interface Enrich {
  readonly fields?: Readonly<Record<string, string | number | boolean>>
  /** Absolute paths of MMDB files. */
  readonly geoip?: { readonly city?: string; readonly asn?: string }
}

/** `keep` out of every `of` events for which `where` is true are sent. */
export interface Sample {
  /** CEL over the event, already checked. */
  readonly where: string
  readonly keep: number
  readonly of: number
}

export interface Redaction {
  /** Path in the native event, `actor.email`. */
  readonly field: string
  readonly with: 'drop' | 'mask' | 'hash' | 'truncate'
  /** Key of `hash`: HMAC-SHA-256. */
  readonly key?: Secret
  /** Earlier keys, the latest first: only for finding what was hashed with them. */
  readonly olderKeys?: readonly Secret[]
  /** Bits of an address that `mask` keeps. */
  readonly prefix?: { readonly v4: number; readonly v6: number }
  /** Characters that `truncate` keeps. */
  readonly keep?: number
}

export type StateConfig = EmbeddedState | RedisState

interface EveryState {
  readonly maxSpoolBytes: number
  /** An absolute path or `s3://bucket/key`. */
  readonly mirror?: string
  /** 32 bytes each; the first encrypts, all decrypt. */
  readonly encryptionKeys?: readonly Secret[]
}

export interface EmbeddedState extends EveryState {
  readonly type: 'embedded'
  /** Absolute. */
  readonly path: string
}

export interface RedisState extends EveryState {
  readonly type: 'redis'
  readonly address: RedisAddress
  /** What every key of ours begins with. */
  readonly prefix: string
  /** How long a silent process keeps what it holds. */
  readonly leaseMs: number
}

/** One server, a group of servers behind sentinels, or a Cluster. */
export interface RedisAddress {
  /** `redis://` or `rediss://`; may carry user, password and the number of the database. */
  readonly url?: Secret
  readonly username?: string
  readonly password?: Secret
  readonly tls?: Connection['tls']
  readonly sentinel?: {
    /** The name of the group, as the sentinels know it. */
    readonly name: string
    readonly nodes: readonly HostPort[]
    readonly username?: string
    readonly password?: Secret
  }
  readonly cluster?: readonly HostPort[]
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface ServerConfig {
  readonly host: string
  readonly port: number
  /** The token of the operator `admin`. */
  readonly adminToken?: Secret
  readonly console: boolean
  readonly users?: readonly UserConfig[]
  readonly oidc?: OidcConfig
  /** Where browsers find it: an origin such as `https://audit.example`. */
  readonly publicUrl?: string
  /** How long a login lasts. Absent: nobody logs in, and tokens come with each request. */
  readonly sessionMs?: number
}

export interface UserConfig {
  readonly name: string
  readonly role: 'viewer' | 'operator'
  readonly token: Secret
}

/** OpenID Connect. */
export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  /** Absent: a public client. */
  readonly clientSecret?: Secret
  readonly scopes: readonly string[]
  readonly nameClaim: string
  readonly roles: {
    readonly claim: string
    readonly operator: readonly string[]
    readonly viewer: readonly string[]
  }
  readonly connection: Connection
}

export interface LogConfig {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly format: 'json' | 'text'
  /** Sends auditferry's own log to Splunk, in addition to stderr. */
  readonly splunk?: {
    readonly endpoint: string
    readonly token: Secret
    readonly caFile?: string
    readonly insecureSkipVerify: boolean
  }
}
