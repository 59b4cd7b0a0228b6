/** Creates a sink from YAML options as the engine would, with a log that is kept. */
import type { Sink, SinkDefinition } from '../../src/connector.ts'
import type { FormatName, LineFormat } from '../../src/formats/format.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { defaultFormatOptions, fixOptions } from '../../src/formats/options.ts'
import type { Connection } from '../../src/lib/http/http.ts'
import type { LogFields, Logger } from '../../src/lib/logger.ts'
import { parseDuration } from '../../src/lib/options.ts'
import { Secret } from '../../src/lib/secret.ts'

export interface OpenSink {
  readonly sink: Sink
  readonly config: unknown
  readonly format: LineFormat
  /** Everything that was logged. */
  readonly log: readonly string[]
}

/** `options`: the sink's own and common ones, of which only `format`, `timeout`, `tls` and `proxy` have an effect. */
export function openSink(
  definition: SinkDefinition,
  options: Readonly<Record<string, unknown>>,
  now: () => number = Date.now,
): OpenSink {
  const { own, common } = separate(options)
  const config = definition.config.parse(own)
  const { timeoutMs } = definition.limits(config).defaults
  const format = lineFormat(
    common.format ?? definition.formats[0] ?? 'native',
    fixOptions(defaultFormatOptions, definition.fixedFormatOptions),
  )
  const { logger, log } = recordingLogger()
  const sink = definition.create(config, {
    id: 'under-test',
    logger,
    connection: connectionOf(common, timeoutMs),
    now,
    version: '0.0.0',
    format,
  })
  return { sink, config, format, log }
}

/** Splits options into the sink's own and those that the engine accepts for every sink. */
export function separate(options: Readonly<Record<string, unknown>>) {
  const isCommon = ([key]: [string, unknown]) => COMMON.has(key)
  const entries = Object.entries(options)
  return {
    own: Object.fromEntries(entries.filter((entry) => !isCommon(entry))),
    common: Object.fromEntries(entries.filter(isCommon)) as CommonOptions,
  }
}

const COMMON = new Set(
  'type sources where format csv redact enrich batch in_flight timeout retry tls proxy start enabled'.split(
    ' ',
  ),
)

interface CommonOptions {
  readonly format?: FormatName
  readonly timeout?: string
  readonly proxy?: string
  readonly tls?: {
    readonly ca_file?: string
    readonly cert_file?: string
    readonly key_file?: string
    readonly insecure_skip_verify?: boolean
  }
}

function connectionOf({ timeout, proxy, tls }: CommonOptions, defaultTimeoutMs: number): Connection {
  return {
    timeoutMs: parseDuration(timeout ?? '') ?? defaultTimeoutMs,
    tls: {
      ...(tls?.ca_file !== undefined && { caFile: tls.ca_file }),
      ...(tls?.cert_file !== undefined && { certFile: tls.cert_file }),
      ...(tls?.key_file !== undefined && { keyFile: tls.key_file }),
      insecureSkipVerify: tls?.insecure_skip_verify ?? false,
    },
    ...(proxy !== undefined && { proxy: new Secret(proxy) }),
  }
}

function recordingLogger(): { logger: Logger; log: readonly string[] } {
  const log: string[] = []
  const record = (message: string, fields?: LogFields) =>
    void log.push(`${message} ${JSON.stringify(fields)}`)
  const logger: Logger = { debug: record, info: record, warn: record, error: record, child: () => logger }
  return { logger, log }
}
