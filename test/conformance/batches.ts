/** Audit events as an organisation produces them, with texts that are difficult for formats. Nothing is random. */
import type { Batch } from '../../src/connector.ts'
import { type AuditEvent, eventUid, type Operation } from '../../src/event.ts'
import type { LineFormat } from '../../src/formats/format.ts'
import { ByteWriter } from '../../src/lib/byte-writer.ts'

/**
 * Events from number `from` on, three a second, starting at 2026-11-22T22:00:00Z: the same number always gives the same
 * event.
 */
export function auditEvents(count: number, from = 0): AuditEvent[] {
  // One for each of a hundred thousand events costs a second of allocations.
  const scratch = new ByteWriter()
  return Array.from({ length: count }, (_, index) => auditEvent(from + index, scratch))
}

/** As the engine forms it, with events ready and payloads encoded. */
export function batchOf(events: readonly AuditEvent[], format: LineFormat): Batch {
  const written = events.map((event) => ({
    uid: event.uid,
    timestamp: event.timestamp,
    payload: Buffer.from(format.encode(event)),
    event,
  }))
  return {
    source: 'acme',
    organization: 'acme',
    events: written,
    bytes: written.reduce((sum, { payload }) => sum + payload.length, 0),
  }
}

interface Sample {
  readonly action: string
  readonly actionName: string
  readonly category: string
  readonly operation: Operation
  readonly severity: number
  readonly description: string
}

const SAMPLES: readonly Sample[] = [
  sample('stack-created', 'Stack Created', 'stacks', 'create', 2, 'web/prod'),
  sample('stack-deleted', 'Stack Deleted', 'stacks', 'delete', 3, 'Deleted "web/prod", forced'),
  sample('member-role-changed', 'Member Role Changed', 'organization', 'grant', 3, "'dana' is now\nan admin"),
  sample(
    'environment-opened',
    'Environment Opened',
    'environments',
    'read',
    2,
    '=HYPERLINK("https://x.example")',
  ),
  sample(
    'user-login-failed',
    'User Login Failed',
    'authentication',
    'denied',
    2,
    'Ünïcödé 🔐 \u0000 \\ / </script>',
  ),
  sample('brand-new-event', 'Brand New Event', 'unknown', 'other', 1, ''),
]

function auditEvent(number: number, scratch: ByteWriter): AuditEvent {
  const { action, actionName, category, operation, severity, description } = pick(SAMPLES, number)
  const timestamp = 1795384800 + Math.floor(number / 3)
  const login = pick(['dana', 'omar', 'ci-bot'], number)
  const sourceIp = `198.51.100.${number % 250}`
  const token = number % 4 === 0 ? { id: `token-${number % 7}`, name: 'ci-deploy' } : undefined
  const authFailure = action === 'user-login-failed'
  const identity = {
    organization: 'acme',
    timestamp,
    action,
    login,
    sourceIp,
    description,
    tokenId: token?.id ?? '',
    tokenName: token?.name ?? '',
    actorName: '',
    actorUrn: '',
    orgAdmin: false,
    stackAdmin: false,
    authFailure,
  }
  return {
    // The number takes the place of the ordinal, so that all events differ.
    uid: eventUid(identity, number, scratch),
    source: 'acme',
    organization: 'acme',
    timestamp,
    observedAt: timestamp * 1000 + 78_123,
    action,
    actionName,
    category,
    operation,
    outcome: authFailure ? 'failure' : 'success',
    severity,
    actor: { type: 'user', login, name: login.toUpperCase(), avatarUrl: `https://avatars.example/${login}` },
    ...(token && { token }),
    sourceIp,
    required: { orgAdmin: false, stackAdmin: false },
    authFailure,
    ...(category === 'stacks' && { target: { type: 'stack', project: 'web', stack: 'prod' } }),
    description,
    raw: { timestamp, sourceIP: sourceIp, event: action, description, user: { githubLogin: login } },
  }
}

function sample(
  action: string,
  actionName: string,
  category: string,
  operation: Operation,
  severity: number,
  description: string,
): Sample {
  return { action, actionName, category, operation, severity, description }
}

function pick<Item>(items: readonly Item[], number: number): Item {
  return items[number % items.length] as Item
}
