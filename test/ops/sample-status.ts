import type { Status } from '../../src/ops/status.ts'

export const sampleStatus: Status = {
  version: '0.1.0',
  state: 'paused',
  startedAt: '2026-11-22T20:00:00.000Z',
  runtime: 'embedded',
  sources: {
    acme: {
      type: 'pulumi',
      state: 'idle',
      reason: '',
      api: 'v2',
      checkpoint: 1795384000,
      lagSeconds: 12,
      lastPoll: '2026-11-22T21:46:50.000Z',
      lastSuccess: '2026-11-22T21:46:50.000Z',
      requests: 123,
      events: 4560,
      late: 3,
      quarantined: 0,
      gaps: [{ second: 1795380000, reason: 'one second fills a page' }],
      unknownActions: { 'x-y': 2 },
      walk: null,
    },
  },
  sinks: {
    soc: {
      type: 'splunk_hec',
      state: 'paused',
      reason: '401 invalid authorization (code 3)',
      lagSeconds: 88,
      backlogEvents: 1200,
      backlogBytes: 140_000,
      delivered: 3360,
      filtered: 0,
      deadLettered: 0,
      lastDelivery: '2026-11-22T21:40:00.000Z',
      lastError: 'HTTP 401: Invalid authorization',
      retryAt: '2026-11-22T21:50:00.000Z',
    },
  },
  spool: { events: 1200, bytes: 140_000, limitBytes: 1073741824 },
}
