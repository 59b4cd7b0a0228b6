/**
 * Counters live as long as the process, across reloads of the configuration: one that restarted with each reload would
 * lose what was counted since it was last read.
 */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider, type ScopeMetrics } from '@opentelemetry/sdk-metrics'
import type { Metrics } from './metrics.ts'
import { createWeightedHistogram } from './weighted-histogram.ts'

export interface Counters {
  readonly metrics: Metrics
  /**
   * Makes the counters of these components appear with 0, so that a rate over them works from the start. `sinks`: for
   * each sink the rules that may keep an event from it. `reconciled`: sources with a schedule for it; what was found at
   * others is forgotten, as nothing would ever find it mended.
   */
  declare(
    sources: readonly string[],
    sinks: Readonly<Record<string, readonly string[]>>,
    reconciled?: readonly string[],
  ): void
  /** By source: events that its last scheduled reconciliation found missing. */
  holes(): ReadonlyMap<string, number>
  collect(): Promise<{ readonly scopeMetrics: readonly ScopeMetrics[]; readonly errors: readonly unknown[] }>
}

const OUTCOMES = ['delivered', 'retry', 'pause', 'split', 'rejected']
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** One second to seven days: an outage of a week still shows. */
const LATENCY_SECONDS = [
  1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800,
]
/** One minute to thirty days: from what an overlap may be to behind every retrospection. */
const LATE_SECONDS = [
  60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800, 1_209_600, 2_592_000,
]
export const FILTERED = 'auditferry_events_filtered_total'
export const FILTERED_HELP = 'Events that a rule kept from a sink.'

export function createCounters(): Counters {
  const latency = createWeightedHistogram(
    'auditferry_delivery_latency_seconds',
    'Time from an event to its delivery.',
    'sink',
    LATENCY_SECONDS,
  )
  const lateness = createWeightedHistogram(
    'auditferry_late_seconds',
    'How far behind the checkpoint late events were found.',
    'source',
    LATE_SECONDS,
  )
  const sinkSeconds = createWeightedHistogram(
    'auditferry_sink_request_duration_seconds',
    'Time to write one batch, in as many requests as the sink makes of it.',
    'sink',
    REQUEST_SECONDS,
  )
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [exporter] })
  const meter = provider.getMeter('auditferry')
  const counter = (name: string, description: string) =>
    meter.createCounter(`auditferry_${name}_total`, { description })

  const polled = counter('events_polled', 'Events read from a source, re-reads included.')
  const spooled = counter('events_spooled', 'New events stored durably.')
  const late = counter('events_late', 'Events that a source showed after their time had been read.')
  const quarantined = counter('events_quarantined', 'Records that could not be understood.')
  const gaps = counter('gaps', 'Seconds that could not be proven complete.')
  const sourceRequests = counter('source_requests', 'Requests to a source by HTTP status, or error.')
  const delivered = counter('events_delivered', 'Events that a sink confirmed.')
  const filtered = counter('events_filtered', FILTERED_HELP)
  const deadLettered = counter('events_dead_lettered', 'Events that a sink refused for good.')
  const sinkRequests = counter(
    'sink_requests',
    'Batches handed to a sink, by their worst outcome; a sink may make several requests of one.',
  )
  const upkeepFailures = counter(
    'sink_upkeep_failures',
    'Work that fell due at a sink, such as a manifest, and failed; it is tried again.',
  )
  const refusedWrites = counter(
    'refused_writes',
    'Writes to the state that were refused: the claim was lost.',
  )
  // Reported about once a day, so it survives a reload, too.
  let holes = new Map<string, number>()

  return {
    metrics: {
      polled: (source, events) => polled.add(events, { source }),
      spooled: (source, events) => spooled.add(events, { source }),
      late: (source, events) => late.add(events, { source }),
      lateness: (source, seconds) => lateness.record(source, seconds, 1),
      quarantined: (source, records) => quarantined.add(records, { source }),
      gap: (source) => gaps.add(1, { source }),
      reconciled: (source, count) => void holes.set(source, count),
      sourceRequest: (source, status) => sourceRequests.add(1, { source, status }),
      delivered: (sink, events) => delivered.add(events, { sink }),
      filtered: (sink, rule, events) => filtered.add(events, { sink, rule }),
      deadLettered: (sink, events) => deadLettered.add(events, { sink }),
      sinkRequest(sink, outcome, seconds) {
        sinkRequests.add(1, { sink, outcome })
        sinkSeconds.record(sink, seconds, 1)
      },
      upkeepFailed: (sink) => upkeepFailures.add(1, { sink }),
      refusedWrite: () => refusedWrites.add(1),
      deliveryLatency: latency.record,
    },
    declare(sources, sinks, reconciled = []) {
      holes = new Map([...holes].filter(([source]) => reconciled.includes(source)))
      refusedWrites.add(0)
      for (const source of sources) {
        for (const it of [polled, spooled, late, quarantined, gaps]) it.add(0, { source })
        sourceRequests.add(0, { source, status: '200' })
        lateness.record(source, 0, 0)
      }
      for (const [sink, rules] of Object.entries(sinks)) {
        for (const it of [delivered, deadLettered, upkeepFailures]) it.add(0, { sink })
        for (const rule of rules) filtered.add(0, { sink, rule })
        for (const outcome of OUTCOMES) sinkRequests.add(0, { sink, outcome })
        for (const it of [latency, sinkSeconds]) it.record(sink, 0, 0)
      }
    },
    holes: () => holes,
    async collect() {
      const { resourceMetrics, errors } = await exporter.collect()
      const metrics = [latency.data(), lateness.data(), sinkSeconds.data()]
      return {
        scopeMetrics: [...resourceMetrics.scopeMetrics, { scope: { name: 'auditferry' }, metrics }],
        errors,
      }
    },
  }
}
