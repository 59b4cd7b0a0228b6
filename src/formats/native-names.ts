/** Parts of a native line that many events share, built once. */
import type { AuditEvent } from '../event.ts'
import { rfc3339 } from './rfc3339.ts'

type Origin = Pick<AuditEvent, 'source' | 'organization'>
type Time = Pick<AuditEvent, 'timestamp' | 'observedAt'>
type Action = Pick<
  AuditEvent,
  'action' | 'actionName' | 'category' | 'operation' | 'outcome' | 'severity'
> & { readonly actor: Pick<AuditEvent['actor'], 'type'> }

/** Events of the same source and second come together, so the last answer is usually right for the next one. */
let lastOrigin: Origin & { bytes: Uint8Array } = {
  source: '',
  organization: '',
  bytes: originBytesOf('', ''),
}
let lastTime: Time & { bytes: Uint8Array } = { timestamp: 0, observedAt: 0, bytes: timeBytesOf(0, 0) }

/** `,"source":…,"organization":…` */
export function originBytes({ source, organization }: Origin): Uint8Array {
  if (source !== lastOrigin.source || organization !== lastOrigin.organization) {
    lastOrigin = { source, organization, bytes: originBytesOf(source, organization) }
  }
  return lastOrigin.bytes
}

/** `,"timestamp":…,"time":…,"observedAt":…` */
export function timeBytes({ timestamp, observedAt }: Time): Uint8Array {
  if (timestamp !== lastTime.timestamp || observedAt !== lastTime.observedAt) {
    lastTime = { timestamp, observedAt, bytes: timeBytesOf(timestamp, observedAt) }
  }
  return lastTime.bytes
}

/** By action; the other values in the bytes differ little between events of one action. */
const actions = new Map<string, (Action & { readonly bytes: Uint8Array })[]>()
/** A limit, so that hostile input can't make it grow. */
const ACTIONS = 2_000
const VARIANTS = 24
const NAME_LENGTH = 100

/** `,"action":…` to `,"actor":{"type":…,"login":` */
export function actionBytes(event: Action): Uint8Array {
  const known = actions.get(event.action)
  if (known !== undefined) for (const it of known) if (isSame(it, event)) return it.bytes
  const { action, actionName, category, operation, outcome, severity, actor } = event
  const bytes = actionBytesOf(event)
  const isBounded = actions.size < ACTIONS && bytes.length < 12 * NAME_LENGTH
  const variants = known ?? []
  if (isBounded && variants.length < VARIANTS) {
    const { type } = actor
    variants.push({ action, actionName, category, operation, outcome, severity, actor: { type }, bytes })
    actions.set(action, variants)
  }
  return bytes
}

function isSame(it: Action, event: Action): boolean {
  return (
    it.outcome === event.outcome &&
    it.actor.type === event.actor.type &&
    it.severity === event.severity &&
    it.actionName === event.actionName &&
    it.category === event.category &&
    it.operation === event.operation
  )
}

function originBytesOf(source: string, organization: string): Uint8Array {
  return Buffer.from(`,"source":${JSON.stringify(source)},"organization":${JSON.stringify(organization)}`)
}

function timeBytesOf(timestamp: number, observedAt: number): Uint8Array {
  return Buffer.from(`,"timestamp":${timestamp},"time":"${rfc3339(timestamp)}","observedAt":${observedAt}`)
}

function actionBytesOf(event: Action): Uint8Array {
  const name = (key: string, value: string) => `,"${key}":${JSON.stringify(value)}`
  return Buffer.from(
    name('action', event.action) +
      name('actionName', event.actionName) +
      name('category', event.category) +
      name('operation', event.operation) +
      name('outcome', event.outcome) +
      `,"severity":${event.severity},"actor":{"type":${JSON.stringify(event.actor.type)},"login":`,
  )
}
