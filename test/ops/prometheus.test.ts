import { expect, test } from 'vitest'
import { createPrometheus } from '../../src/ops/prometheus.ts'
import { sampleStatus } from './sample-status.ts'

const NAMES: Record<string, { type: string; labels: string[] }> = {
  auditferry_events_polled_total: { type: 'counter', labels: ['source'] },
  auditferry_events_spooled_total: { type: 'counter', labels: ['source'] },
  auditferry_events_late_total: { type: 'counter', labels: ['source'] },
  auditferry_events_delivered_total: { type: 'counter', labels: ['sink'] },
  auditferry_events_filtered_total: { type: 'counter', labels: ['sink', 'rule'] },
  auditferry_events_dead_lettered_total: { type: 'counter', labels: ['sink'] },
  auditferry_events_quarantined_total: { type: 'counter', labels: ['source'] },
  auditferry_source_requests_total: { type: 'counter', labels: ['source', 'status'] },
  auditferry_sink_requests_total: { type: 'counter', labels: ['sink', 'outcome'] },
  auditferry_sink_request_duration_seconds: { type: 'histogram', labels: ['sink'] },
  auditferry_delivery_latency_seconds: { type: 'histogram', labels: ['sink'] },
  auditferry_late_seconds: { type: 'histogram', labels: ['source'] },
  auditferry_source_lag_seconds: { type: 'gauge', labels: ['source'] },
  auditferry_sink_lag_seconds: { type: 'gauge', labels: ['sink'] },
  auditferry_sink_backlog_events: { type: 'gauge', labels: ['sink'] },
  auditferry_spool_bytes: { type: 'gauge', labels: [] },
  auditferry_spool_limit_bytes: { type: 'gauge', labels: [] },
  auditferry_gaps_total: { type: 'counter', labels: ['source'] },
  auditferry_sink_upkeep_failures_total: { type: 'counter', labels: ['sink'] },
  auditferry_component_state: { type: 'gauge', labels: ['component', 'state'] },
}

test('every public metric is there with its type and labels, and no other', async () => {
  const prometheus = createPrometheus({ status: async () => sampleStatus })
  const { metrics } = prometheus
  metrics.polled('acme', 10)
  metrics.spooled('acme', 9)
  metrics.late('acme', 1)
  metrics.lateness('acme', 90)
  metrics.quarantined('acme', 1)
  metrics.gap('acme')
  metrics.sourceRequest('acme', '429')
  metrics.delivered('soc', 7)
  metrics.filtered('soc', 'where', 1)
  metrics.deadLettered('soc', 1)
  metrics.sinkRequest('soc', 'delivered', 0.2)
  metrics.deliveryLatency('soc', 90, 7)
  metrics.upkeepFailed('soc')
  const { types, samples } = parse(await prometheus.text())

  expect(types).toEqual(Object.fromEntries(Object.entries(NAMES).map(([name, it]) => [name, it.type])))
  for (const { name, labels } of samples) {
    const family = name.replace(/_(bucket|sum|count)$/, '')
    const expected = NAMES[family]?.labels ?? []
    expect([name, Object.keys(labels).filter((key) => key !== 'le')]).toEqual([name, expected])
  }
  const value = reader(samples)
  expect(value('auditferry_events_polled_total', { source: 'acme' })).toBe(10)
  expect(value('auditferry_events_filtered_total', { sink: 'soc', rule: 'where' })).toBe(1)
  expect(value('auditferry_source_requests_total', { source: 'acme', status: '429' })).toBe(1)
  expect(value('auditferry_sink_backlog_events', { sink: 'soc' })).toBe(1200)
  expect(value('auditferry_spool_bytes', {})).toBe(140_000)
  expect(value('auditferry_spool_limit_bytes', {})).toBe(1_073_741_824)
  expect(value('auditferry_component_state', { component: 'soc', state: 'paused' })).toBe(1)
  expect(value('auditferry_component_state', { component: 'soc', state: 'ok' })).toBe(0)
  await prometheus.shutdown()
})

test.each([
  ['the sink', 'idle', 'paused'],
  ['the source', 'paused', 'idle'],
] as const)('a source and a sink of one id: the trouble of %s shows', async (_, ofSource, ofSink) => {
  const { sources, sinks } = sampleStatus
  if (sources.acme === undefined || sinks.soc === undefined) throw new Error('the sample changed')
  const status = {
    ...sampleStatus,
    sources: { one: { ...sources.acme, state: ofSource } },
    sinks: { one: { ...sinks.soc, state: ofSink } },
  }
  const value = reader(parse(await createPrometheus({ status: async () => status }).text()).samples)
  for (const state of ['paused', 'idle']) {
    expect(value('auditferry_component_state', { component: 'one', state })).toBe(1)
  }
  expect(value('auditferry_component_state', { component: 'one', state: 'ok' })).toBe(0)
})

test('latency counts events, cumulative up to seven days', async () => {
  const prometheus = createPrometheus({ status: async () => sampleStatus })
  prometheus.metrics.deliveryLatency('soc', 60, 500)
  prometheus.metrics.deliveryLatency('soc', 600_000, 2)
  prometheus.metrics.deliveryLatency('soc', 700_000, 1)
  const value = reader(parse(await prometheus.text()).samples)
  const bucket = (le: string) => value('auditferry_delivery_latency_seconds_bucket', { sink: 'soc', le })
  expect([bucket('30'), bucket('60'), bucket('259200'), bucket('604800'), bucket('+Inf')]).toEqual([
    0, 500, 500, 502, 503,
  ])
  expect(value('auditferry_delivery_latency_seconds_count', { sink: 'soc' })).toBe(503)
  expect(value('auditferry_delivery_latency_seconds_sum', { sink: 'soc' })).toBe(30_000 + 1_200_000 + 700_000)
  await prometheus.shutdown()
})

test('lateness tells how many late events a longer overlap would have shown', async () => {
  const prometheus = createPrometheus({ status: async () => sampleStatus })
  for (const seconds of [60, 61, 900, 90_000, 2_592_000, 2_592_001])
    prometheus.metrics.lateness('acme', seconds)
  const value = reader(parse(await prometheus.text()).samples)
  const bucket = (le: string) => value('auditferry_late_seconds_bucket', { source: 'acme', le })
  expect(['60', '900', '86400', '2592000', '+Inf'].map(bucket)).toEqual([1, 3, 3, 5, 6])
  await prometheus.shutdown()
})

test('declared components start at 0', async () => {
  const prometheus = createPrometheus({ status: async () => sampleStatus })
  prometheus.counters.declare(['acme'], { soc: ['where', 'sample'], siem: [] })
  const value = reader(parse(await prometheus.text()).samples)
  expect(value('auditferry_events_quarantined_total', { source: 'acme' })).toBe(0)
  expect(value('auditferry_gaps_total', { source: 'acme' })).toBe(0)
  expect(value('auditferry_events_dead_lettered_total', { sink: 'soc' })).toBe(0)
  expect(value('auditferry_sink_requests_total', { sink: 'soc', outcome: 'pause' })).toBe(0)
  expect(value('auditferry_delivery_latency_seconds_count', { sink: 'soc' })).toBe(0)
  expect(value('auditferry_late_seconds_count', { source: 'acme' })).toBe(0)
  expect(value('auditferry_events_filtered_total', { sink: 'soc', rule: 'where' })).toBe(0)
  expect(value('auditferry_events_filtered_total', { sink: 'soc', rule: 'sample' })).toBe(0)
  expect(value('auditferry_sink_request_duration_seconds_count', { sink: 'soc' })).toBe(0)
  await prometheus.shutdown()
})

test.each([[['where']], [[]]])(
  'every public metric is there before anything has happened; rules: %j',
  async (rules) => {
    const prometheus = createPrometheus({ status: async () => sampleStatus })
    prometheus.counters.declare(['acme'], { soc: rules })
    const text = await prometheus.text()
    for (const [name, { type }] of Object.entries(NAMES)) {
      expect(text.split(`# TYPE ${name} ${type}\n`), name).toHaveLength(2)
      expect(text.split(`# HELP ${name} `), name).toHaveLength(2)
    }
    await prometheus.shutdown()
  },
)

test('counters continue with whoever comes after, gauges show what is there now', async () => {
  const before = createPrometheus({ status: async () => sampleStatus })
  before.metrics.delivered('soc', 7)
  before.metrics.deliveryLatency('soc', 90, 7)
  await before.text()
  await before.shutdown()
  const { counters } = before
  const after = createPrometheus({ status: async () => ({ ...sampleStatus, sinks: {} }), counters })
  after.counters.declare(['acme'], { soc: [], lake: [] })
  after.metrics.delivered('soc', 1)
  const { samples } = parse(await after.text())
  const value = reader(samples)
  expect(value('auditferry_events_delivered_total', { sink: 'soc' })).toBe(8)
  expect(value('auditferry_events_delivered_total', { sink: 'lake' })).toBe(0)
  expect(value('auditferry_delivery_latency_seconds_count', { sink: 'soc' })).toBe(7)
  expect(samples.filter(({ labels }) => labels.component === 'soc')).toEqual([])
})

test('the result of the last reconciliation is still reported after a reload, for those that are still reconciled', async () => {
  const before = createPrometheus({ status: async () => sampleStatus })
  before.metrics.reconciled('acme', 3)
  before.metrics.reconciled('gone', 2)
  // OpenTelemetry keeps what it has shown.
  await before.text()
  await before.shutdown()
  const after = createPrometheus({ status: async () => sampleStatus, counters: before.counters })
  after.counters.declare(['acme', 'gone'], {}, ['acme'])
  const holes = async () =>
    parse(await after.text()).samples.filter(({ name }) => name === 'auditferry_reconcile_holes')
  expect(await holes()).toMatchObject([{ labels: { source: 'acme' }, value: 3 }])
  after.metrics.reconciled('acme', 0)
  expect(await holes()).toMatchObject([{ labels: { source: 'acme' }, value: 0 }])
  await after.shutdown()
})

test('a status that fails leaves the counters', async () => {
  const warnings: unknown[] = []
  const logger = { debug() {}, info() {}, error() {}, child: () => logger, warn: warn }
  function warn(message: string, fields?: object) {
    warnings.push([message, fields])
  }
  const prometheus = createPrometheus({ status: () => Promise.reject(new Error('store closed')), logger })
  prometheus.metrics.delivered('soc', 3)
  const { samples } = parse(await prometheus.text())
  expect(reader(samples)('auditferry_events_delivered_total', { sink: 'soc' })).toBe(3)
  expect(samples.filter(({ name }) => name === 'auditferry_spool_bytes')).toEqual([])
  expect(warnings).toEqual([['metrics are incomplete', { reason: 'store closed' }]])
  await prometheus.shutdown()
})

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

/** A strict reader of the text format: a line that it can't read fails the test. */
function parse(text: string): { types: Record<string, string>; samples: Sample[] } {
  const types: Record<string, string> = {}
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
    if (type) types[type[1] ?? ''] = type[2] ?? ''
    if (line === '' || line.startsWith('#')) continue
    const match = /^([a-z_]+)(?:\{((?:[a-z_]+="[^"]*",?)*)\})? (\S+)$/.exec(line)
    if (!match) throw new Error(`not a sample: ${line}`)
    const pairs = [...(match[2] ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)]
    const labels = Object.fromEntries(pairs.map(([, key, value]) => [key, value]))
    samples.push({ name: match[1] ?? '', labels, value: Number(match[3]) })
  }
  return { types, samples }
}

function reader(samples: Sample[]) {
  return (name: string, labels: Record<string, string>) =>
    samples.find(
      (it) => it.name === name && JSON.stringify(sorted(it.labels)) === JSON.stringify(sorted(labels)),
    )?.value
}

function sorted(labels: Record<string, string>) {
  return Object.entries(labels).sort(([a], [b]) => a.localeCompare(b))
}
