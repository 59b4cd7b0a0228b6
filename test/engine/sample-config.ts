/** Parts of a loaded configuration with the usual values, for tests to change. */
import { z } from 'zod'
import type { Config, SinkConfig, SourceConfig } from '../../src/config/config.ts'
import { defineSink, defineSource, type Sink, type Source } from '../../src/connector.ts'
import { defaultFormatOptions } from '../../src/formats/options.ts'
import type { Connection } from '../../src/lib/http/http.ts'

const connection: Connection = { timeoutMs: 20_000, tls: { insecureSkipVerify: false } }

export function sourceConfig(changes: Partial<SourceConfig> = {}, source?: Source): SourceConfig {
  return {
    id: 'acme',
    definition: defineSource({
      type: 'journal',
      title: 'Journal',
      summary: 'A source of these tests.',
      config: z.strictObject({}),
      create: () => given(source),
    }),
    options: {},
    connection,
    pollEveryMs: 300_000,
    start: { kind: 'ago', ms: 3_600_000 },
    overlapMs: 900_000,
    retrospectMs: [],
    requestsPerMinute: 6_000,
    ...changes,
  }
}

export function sinkConfig(changes: Partial<SinkConfig> = {}, sink?: Sink): SinkConfig {
  return {
    id: 'soc',
    definition: defineSink({
      type: 'box',
      title: 'Box',
      summary: 'A sink of these tests.',
      config: z.strictObject({}),
      formats: ['native'],
      limits: () => ({
        defaults: { maxEvents: 10, maxBytes: 1_000_000, maxAgeMs: 0, inFlight: 1, timeoutMs: 20_000 },
      }),
      create: () => given(sink),
    }),
    options: {},
    connection,
    sources: ['acme'],
    redact: [],
    format: 'native',
    formatOptions: defaultFormatOptions,
    batch: { maxEvents: 10, maxBytes: 1_000_000, maxAgeMs: 0 },
    inFlight: 1,
    retry: { maxBackoffMs: 0 },
    start: 'checkpoint',
    enabled: true,
    ...changes,
  }
}

export function wholeConfig(folder: string, sources: SourceConfig[], sinks: SinkConfig[]): Config {
  return {
    file: '',
    sources: Object.fromEntries(sources.map((it) => [it.id, it])),
    sinks: Object.fromEntries(sinks.map((it) => [it.id, it])),
    state: { type: 'embedded', path: folder, maxSpoolBytes: Number.POSITIVE_INFINITY },
    server: { host: '127.0.0.1', port: 0, console: false },
    log: { level: 'error', format: 'json' },
    shutdownTimeoutMs: 10_000,
  }
}

function given<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('not created in this test')
  return thing
}
