/**
 * Every path of the server, and who may request it by docs/http-api.md. A path that is served but missing here fails
 * the tests, so whoever adds one must say who may request it, and it is attacked too.
 */
type Who = 'anybody' | 'metrics' | 'viewer' | 'operator'

export const WHO: Readonly<Record<string, Who>> = {
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /metrics': 'metrics',
  'GET /auth/login': 'anybody',
  'GET /auth/callback': 'anybody',
  'GET /api/v1/me': 'anybody',
  'POST /api/v1/login': 'anybody',
  'POST /api/v1/logout': 'anybody',
  'GET /api/v1/archives': 'viewer',
  'POST /api/v1/archives/{id}/events': 'operator',
  'GET /api/v1/events': 'viewer',
  'GET /api/v1/events/stream': 'viewer',
  'GET /api/v1/events/histogram': 'viewer',
  'GET /api/v1/events/top': 'viewer',
  'GET /api/v1/events/download': 'viewer',
  'GET /api/v1/events/{uid}': 'viewer',
  'GET /api/v1/events/{uid}/formats': 'viewer',
  'GET /api/v1/events/{uid}/deliveries': 'viewer',
  'GET /api/orgs/{org}/auditlogs': 'viewer',
  'GET /api/orgs/{org}/auditlogs/export': 'viewer',
  'GET /api/orgs/{org}/auditlogs/v2': 'viewer',
  'GET /api/orgs/{org}/auditlogs/v2/export': 'viewer',
  'GET /api/v1/status': 'viewer',
  'GET /api/v1/ledger': 'viewer',
  'GET /api/v1/backfills': 'viewer',
  'GET /api/v1/reconcile': 'viewer',
  'GET /api/v1/dead-letters': 'viewer',
  'GET /api/v1/dead-letters/export': 'viewer',
  'GET /api/v1/state': 'operator',
  'GET /api/v1/trail': 'operator',
  'POST /api/v1/trail': 'operator',
  'POST /api/v1/sources/{id}/pause': 'operator',
  'POST /api/v1/sources/{id}/resume': 'operator',
  'POST /api/v1/sinks/{id}/pause': 'operator',
  'POST /api/v1/sinks/{id}/resume': 'operator',
  'POST /api/v1/sinks/{id}/test': 'operator',
  'POST /api/v1/reconcile': 'operator',
  'POST /api/v1/backfills': 'operator',
  'POST /api/v1/backfills/cancel': 'operator',
  'POST /api/v1/replays': 'operator',
  'POST /api/v1/dead-letters/retry': 'operator',
  'POST /api/v1/dead-letters/drop': 'operator',
}

/** Bodies that would change something if they were accepted. */
export const CHANGES: Readonly<Record<string, object>> = {
  'POST /api/v1/reconcile': { source: 'acme', from: 0, to: 1_700_000_000, repair: true },
  'POST /api/v1/backfills': { source: 'acme', from: 0, to: 1_700_000_000 },
  'POST /api/v1/backfills/cancel': { source: 'acme' },
  'POST /api/v1/replays': { sink: 'local', from: 0, to: 4_000_000_000 },
  'POST /api/v1/dead-letters/retry': { all: true },
  'POST /api/v1/dead-letters/drop': { all: true },
}

/** A path that leads to something that exists. */
export function pathOf(route: string): string {
  const [, path = ''] = route.split(' ')
  const id = path.startsWith('/api/v1/sources') ? 'acme' : 'local'
  return path.replace('{id}', id).replace('{org}', 'acme').replace('{uid}', 'a1'.repeat(32))
}

export function methodOf(route: string): string {
  return route.split(' ')[0] ?? ''
}
