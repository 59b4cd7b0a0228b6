/** Each alert uses only metrics, labels and values that exist. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { createPrometheus } from '../../src/ops/prometheus.ts'
import { sampleStatus } from './sample-status.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: Readonly<Record<string, string>>
}

const FILE = 'deploy/prometheus/alerts.yaml'
const rules: Rule[] = parse(readFileSync(FILE, 'utf8')).groups.flatMap((it: { rules: Rule[] }) => it.rules)

it('asks for what there is', async () => {
  const samples = await exported()
  expect(rules.length).toBeGreaterThan(8)
  expect(rules.flatMap((rule) => problemsOf(rule, samples))).toEqual([])
})

it('names a bucket as Prometheus 2 keeps it and as Prometheus 3 does', () => {
  const bounds = rules.flatMap(({ expr }) => [...expr.matchAll(/\ble=~?"([^"]*)"/g)].map(([, text]) => text))
  expect(bounds.length).toBeGreaterThan(0)
  expect([...new Set(bounds)]).toEqual(['259200|259200.0'])
})

it('sums over the workers before it subtracts: one of them matches several else, and the rule fails', () => {
  expect(rules.filter(({ expr }) => /[-+*/]\s+on\b/.test(expr)).map(({ alert }) => alert)).toEqual([])
})

/** In a cluster each start is a new series, and what a first poll finds is counted before it is scraped. */
it('sees what a counter already holds when it is scraped for the first time', () => {
  const unseen = rules.flatMap(({ alert, expr }) =>
    [...expr.matchAll(/increase\((\w+(?:\{[^}]*\})?)\[(\w+)\]\)/g)]
      .filter(([, series, time]) => !expr.includes(`${series} unless ${series} offset ${time}`))
      .map(([, series]) => `${alert}: ${series}`),
  )
  expect(unseen).toEqual([])
})

it('notices an unknown metric, label, value and label of a text', async () => {
  const samples = await exported()
  const problems = (expr: string, summary = '') =>
    problemsOf({ alert: 'x', expr, annotations: { summary } }, samples)
  expect(problems('rate(auditferry_gap_total[5m]) > 0')).toEqual(['x: no metric auditferry_gap_total'])
  expect(problems('auditferry_component_state{kind="sink"} == 1')).toEqual([
    'x: auditferry_component_state has no label kind',
  ])
  expect(problems('auditferry_component_state{state=~"paused|broken"} == 1')).toEqual([
    'x: auditferry_component_state is never broken',
  ])
  expect(problems('auditferry_late_seconds_bucket{le="259201"} > 0')).toEqual([
    'x: auditferry_late_seconds_bucket is never 259201',
  ])
  expect(problems('sum by (sink) (auditferry_gaps_total) > 0')).toEqual([
    'x: by a label sink that no metric has',
  ])
  expect(problems('auditferry_spool_bytes > 1', '{{ $labels.sink }}')).toEqual([
    'x: no label sink for a text',
  ])
})

/** For each metric, the values of each label. */
type Samples = Map<string, Map<string, Set<string>>>

function problemsOf({ alert, expr, annotations }: Rule, samples: Samples): string[] {
  const asked = [...expr.matchAll(/(auditferry_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', matchers = '']) => ({
      name,
      matchers,
    }),
  )
  // label_replace also creates a label.
  const made = [...expr.matchAll(/label_replace\(\w+, "(\w+)"/g)].map(([, label = '']) => label)
  const labels = new Set([...made, ...asked.flatMap(({ name }) => [...(samples.get(name)?.keys() ?? [])])])
  const grouped = [...expr.matchAll(/\b(?:by|on|ignoring|without)\s*\(([^)]*)\)/g)]
    .flatMap(([, names = '']) => names.split(/\s*,\s*/))
    .filter((name) => !labels.has(name))
  const shown = [
    ...Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g),
  ]
    .map(([, name = '']) => name)
    .filter((name) => !labels.has(name))
  return [
    ...asked.flatMap(({ name, matchers }) => matcherProblems(name, matchers, samples.get(name))),
    ...grouped.map((name) => `by a label ${name} that no metric has`),
    ...shown.map((name) => `no label ${name} for a text`),
  ].map((problem) => `${alert}: ${problem}`)
}

function matcherProblems(
  name: string,
  matchers: string,
  known: Map<string, Set<string>> | undefined,
): string[] {
  if (known === undefined) return [`no metric ${name}`]
  return [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].flatMap(
    ([, label = '', text = '']) => {
      const values = known.get(label)
      if (values === undefined) return [`${name} has no label ${label}`]
      return text
        .split('|')
        .filter((one) => !values.has(one))
        .map((one) => `${name} is never ${one}`)
    },
  )
}

/** What `/metrics` shows once everything has happened. */
async function exported(): Promise<Samples> {
  const prometheus = createPrometheus({ status: async () => sampleStatus })
  prometheus.counters.declare(['acme'], { soc: ['where'] })
  prometheus.metrics.reconciled('acme', 0)
  prometheus.metrics.upkeepFailed('soc')
  prometheus.metrics.filtered('soc', 'where', 1)
  prometheus.metrics.sinkRequest('soc', 'delivered', 0.2)
  const samples: Samples = new Map()
  for (const line of (await prometheus.text()).split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name === undefined) continue
    const known = samples.get(name) ?? new Map<string, Set<string>>()
    samples.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      const values = known.get(label) ?? new Set()
      known.set(label, values.add(value))
      // As Prometheus 3 stores it (its migration guide, "`le` and `quantile` label values").
      if (label === 'le' && /^\d+$/.test(value)) values.add(`${value}.0`)
    }
  }
  await prometheus.shutdown()
  return samples
}
