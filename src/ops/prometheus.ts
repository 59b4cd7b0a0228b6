/** The metrics of docs/monitoring.md: OpenTelemetry instruments, rendered as Prometheus text when asked for. */
import type { BatchObservableResult } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { messageOf } from '../errors.ts'
import { type Logger, silentLogger } from '../lib/logger.ts'
import { type Counters, createCounters, FILTERED, FILTERED_HELP } from './counters.ts'
import type { Metrics } from './metrics.ts'
import { COMPONENT_STATES, type Status } from './status.ts'

export interface Prometheus {
  readonly metrics: Metrics
  /** To be handed to the next service in the same process. */
  readonly counters: Counters
  /** Text exposition format 0.0.4. The gauges are read from `status` now; without it the counters remain. */
  text(): Promise<string>
  shutdown(): Promise<void>
}

interface PrometheusOptions {
  status(): Promise<Status>
  logger?: Logger
  /** Those of the previous service in this process. */
  counters?: Counters
}

const FILTERED_TYPE = `# TYPE ${FILTERED} counter\n`
const STATUS_TIMEOUT_MS = 10_000

export function createPrometheus({
  status,
  logger = silentLogger,
  counters = createCounters(),
}: PrometheusOptions): Prometheus {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const provider = new MeterProvider({ readers: [exporter] })
  const meter = provider.getMeter('auditferry')
  const gauge = (name: string, description: string) =>
    meter.createObservableGauge(`auditferry_${name}`, { description })

  const gauges = {
    sourceLag: gauge('source_lag_seconds', 'How far the reading is behind now.'),
    sinkLag: gauge('sink_lag_seconds', 'Age of the oldest event that a sink still waits for.'),
    backlog: gauge('sink_backlog_events', 'Spooled events that a sink still waits for.'),
    spoolBytes: gauge('spool_bytes', 'Size of the spool.'),
    spoolLimit: gauge('spool_limit_bytes', 'Size of the spool at which polling stops.'),
    state: gauge('component_state', '1 for the state that a component is in, 0 for the others.'),
  }
  const holes = gauge('reconcile_holes', 'Events that the last scheduled reconciliation found missing.')
  holes.addCallback((result) => {
    for (const [source, count] of counters.holes()) result.observe(count, { source })
  })
  meter.addBatchObservableCallback(async (result) => {
    observe(result, gauges, await status())
  }, Object.values(gauges))

  return {
    metrics: counters.metrics,
    counters,
    async text() {
      const [counted, { resourceMetrics, errors }] = await Promise.all([
        counters.collect(),
        exporter.collect({ timeoutMillis: STATUS_TIMEOUT_MS }),
      ])
      for (const error of [...counted.errors, ...errors])
        logger.warn('metrics are incomplete', { reason: messageOf(error) })
      const text = serializer.serialize({
        ...resourceMetrics,
        scopeMetrics: [...counted.scopeMetrics, ...resourceMetrics.scopeMetrics],
      })
      // OpenTelemetry leaves out a counter without series, which this one is where no sink has a rule.
      return text.includes(FILTERED_TYPE)
        ? text
        : `${text}# HELP ${FILTERED} ${FILTERED_HELP}\n${FILTERED_TYPE}`
    },
    shutdown: () => provider.shutdown(),
  }
}

type Gauge = Parameters<BatchObservableResult['observe']>[0]
type Gauges = Record<'sourceLag' | 'sinkLag' | 'backlog' | 'spoolBytes' | 'spoolLimit' | 'state', Gauge>

function observe(result: BatchObservableResult, gauges: Gauges, status: Status): void {
  for (const [source, { lagSeconds }] of Object.entries(status.sources)) {
    result.observe(gauges.sourceLag, lagSeconds, { source })
  }
  for (const [sink, { lagSeconds, backlogEvents }] of Object.entries(status.sinks)) {
    result.observe(gauges.sinkLag, lagSeconds, { sink })
    result.observe(gauges.backlog, backlogEvents, { sink })
  }
  // A source and a sink may share an id, and so a series: neither's trouble may hide behind the other.
  for (const component of new Set([...Object.keys(status.sources), ...Object.keys(status.sinks)])) {
    const current = [status.sources[component]?.state, status.sinks[component]?.state]
    for (const state of COMPONENT_STATES) {
      result.observe(gauges.state, current.includes(state) ? 1 : 0, { component, state })
    }
  }
  result.observe(gauges.spoolBytes, status.spool.bytes)
  result.observe(gauges.spoolLimit, status.spool.limitBytes)
}
