import type { Prometheus } from '../ops/prometheus.ts'
import type { Route } from './route.ts'

export function metricsRoutes(prometheus: Pick<Prometheus, 'text'>): Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: 'metrics',
      summary: 'metrics for Prometheus',
      ignoresOthers: true,
      async handle() {
        const type = 'text/plain; version=0.0.4; charset=utf-8'
        return { status: 200, type, body: await prometheus.text() }
      },
    },
  ]
}
