/** A scenario's setup, as a configuration of the engine. */
import { definition as pulumi } from '../../connectors/sources/pulumi/index.ts'
import type { Config, SinkConfig, SourceConfig } from '../../src/config/config.ts'
import { defaultFormatOptions } from '../../src/formats/options.ts'
import type { Connection } from '../../src/lib/http/http.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import type { Setup, SinkSetup } from './scenario.ts'
import { FILTERED_LOGIN } from './scenario-events.ts'
import type { RecordingSink } from './scenario-sink.ts'

export const SOURCE = 'acme'

const connection: Connection = { timeoutMs: 20_000, tls: { insecureSkipVerify: false } }

export function configOf(
  setup: Setup,
  emulator: PulumiEmulator,
  sinks: readonly RecordingSink[],
  folder: string,
): Config {
  return {
    file: '',
    sources: { [SOURCE]: sourceOf(setup, emulator) },
    sinks: Object.fromEntries(
      setup.sinks.map((sink, at) => [`sink${at}`, sinkOf(`sink${at}`, sink, sinks[at] as RecordingSink)]),
    ),
    state: { type: 'embedded', path: folder, maxSpoolBytes: Number.POSITIVE_INFINITY },
    server: { host: '127.0.0.1', port: 0, console: false },
    log: { level: 'error', format: 'json' },
    shutdownTimeoutMs: 30_000,
  }
}

function sourceOf(setup: Setup, emulator: PulumiEmulator): SourceConfig {
  return {
    id: SOURCE,
    definition: pulumi,
    options: pulumi.config.parse({
      organization: emulator.organization,
      access_token: emulator.token,
      api_url: emulator.url,
      api: setup.api === 'v2' && setup.switches.v2 === false ? 'v1' : setup.api,
    }),
    connection,
    pollEveryMs: 300_000,
    start: setup.start === 'all' ? { kind: 'beginning' } : { kind: 'ago', ms: setup.start * 1000 },
    overlapMs: setup.overlapS * 1000,
    retrospectMs: setup.retrospectS.map((seconds) => seconds * 1000),
    requestsPerMinute: 1_000_000,
  }
}

function sinkOf(id: string, setup: SinkSetup, { definition }: RecordingSink): SinkConfig {
  const { maxEvents, maxAgeMs, inFlight } = setup
  return {
    id,
    definition,
    options: {},
    connection,
    sources: [SOURCE],
    ...(setup.filters ? { where: `actor.login == "${FILTERED_LOGIN}"` } : {}),
    redact: [],
    format: 'native',
    formatOptions: defaultFormatOptions,
    batch: { maxEvents, maxBytes: 1_000_000, maxAgeMs },
    inFlight,
    retry: { maxBackoffMs: 0 },
    start: 'checkpoint',
    enabled: true,
  }
}
