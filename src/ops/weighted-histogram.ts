/**
 * A histogram that takes many equal values at once. OpenTelemetry's instrument takes one value per call, which would cost
 * a call per event; this one costs a call per batch. Its data joins the others at the exporter.
 */
import { type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type HistogramMetricData,
} from '@opentelemetry/sdk-metrics'

interface WeightedHistogram {
  /** `count` may be 0: the series exists from then on. */
  record(component: string, seconds: number, count: number): void
  data(): HistogramMetricData
}

interface Series {
  readonly counts: number[]
  sum: number
  count: number
}

/** `boundaries` ascend; each is the inclusive upper bound of its bucket. `label` names what a component is. */
export function createWeightedHistogram(
  name: string,
  description: string,
  label: 'source' | 'sink',
  boundaries: readonly number[],
): WeightedHistogram {
  const startTime = hrTime(Date.now())
  const byComponent = new Map<string, Series>()

  function seriesOf(component: string): Series {
    const known = byComponent.get(component)
    if (known) return known
    const fresh = { counts: new Array<number>(boundaries.length + 1).fill(0), sum: 0, count: 0 }
    byComponent.set(component, fresh)
    return fresh
  }

  return {
    record(component, seconds, count) {
      const series = seriesOf(component)
      const found = boundaries.findIndex((boundary) => seconds <= boundary)
      const bucket = found === -1 ? boundaries.length : found
      series.counts[bucket] = (series.counts[bucket] ?? 0) + count
      series.sum += seconds * count
      series.count += count
    },
    data() {
      const endTime = hrTime(Date.now())
      const dataPoints = [...byComponent].map(
        ([component, { counts, sum, count }]): DataPoint<Histogram> => ({
          startTime,
          endTime,
          attributes: { [label]: component },
          value: { buckets: { boundaries: [...boundaries], counts: [...counts] }, sum, count },
        }),
      )
      return {
        descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints,
      }
    },
  }
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), (ms % 1000) * 1e6]
}
