/** Bodies and ids of the five modes. An event's own bytes are copied, never parsed and printed again. */
import { hash } from 'node:crypto'
import type { Batch, BatchEvent } from '../../../src/connector.ts'
import type { AuditEvent } from '../../../src/event.ts'
import { rfc3339 } from '../../../src/formats/rfc3339.ts'
import type { Config } from './config.ts'

/** One request's content. */
export interface Message {
  /** `webhook-id`: a function of the events, so that a receiver recognises a retry. */
  readonly id: string
  readonly contentType: string
  readonly body: Buffer
}

/** The mode's way to turn events into messages: one per event, or one per batch. */
type Encoding =
  | { readonly carries: 'event'; readonly encode: (event: BatchEvent) => Message }
  | { readonly carries: 'batch'; readonly encode: (batch: Batch) => Message }

export const encodings: Readonly<Record<Config['mode'], Encoding>> = {
  single: {
    carries: 'event',
    encode: (it) => message(eventId(it), 'application/json', single(it)),
  },
  batch: {
    carries: 'batch',
    encode: ({ events }) => message(batchId(events), 'application/json', envelope(events)),
  },
  ndjson: {
    carries: 'batch',
    encode: ({ events }) => message(batchId(events), 'application/x-ndjson', lines(events)),
  },
  cloudevents: {
    carries: 'event',
    encode: (it) => message(eventId(it), 'application/cloudevents+json', cloudEvent(it)),
  },
  cloudevents_batch: {
    carries: 'batch',
    encode: ({ events }) =>
      message(batchId(events), 'application/cloudevents-batch+json', array(events.map(cloudEvent))),
  },
}

type Part = string | Uint8Array

function single(it: BatchEvent): Part[] {
  const head = JSON.stringify({
    type: `pulumi.audit.${typePart(it.event.action)}`,
    timestamp: rfc3339(it.timestamp),
  })
  return [head.slice(0, -1), ',"data":', it.payload, '}']
}

/** Its timestamp is that of the newest event, so that the body of a batch is the same at each attempt. */
function envelope(events: readonly BatchEvent[]): Part[] {
  const newest = events.reduce((latest, it) => Math.max(latest, it.timestamp), 0)
  const head = JSON.stringify({ type: 'pulumi.audit.batch', timestamp: rfc3339(newest) })
  return [head.slice(0, -1), ',"data":', ...array(events.map((it) => [it.payload])), '}']
}

function lines(events: readonly BatchEvent[]): Part[] {
  return events.flatMap((it) => [it.payload, '\n'])
}

/** CloudEvents 1.0.2, JSON event format. `source` and `id` together are unique. */
function cloudEvent(it: BatchEvent): Part[] {
  const { event } = it
  const head = JSON.stringify({
    specversion: '1.0',
    id: it.uid,
    source: `/pulumi/organizations/${encodeURIComponent(event.organization)}`,
    type: `com.pulumi.audit.${event.action}`,
    time: rfc3339(it.timestamp),
    subject: subjectOf(event),
    datacontenttype: 'application/json',
  })
  return [head.slice(0, -1), ',"data":', it.payload, '}']
}

/** `stack/web/prod`, or nothing where the description names no target. */
function subjectOf({ target }: AuditEvent): string | undefined {
  if (target === undefined) return undefined
  return [target.type, target.project, target.stack, target.name].filter(Boolean).join('/')
}

/** Standard Webhooks allows `[A-Za-z0-9_]` between the dots of a type. */
function typePart(action: string): string {
  return action.replaceAll(/[^A-Za-z0-9_]/g, '_')
}

function eventId({ uid }: BatchEvent): string {
  return `evt_${uid}`
}

function batchId(events: readonly BatchEvent[]): string {
  return `batch_${hash('sha256', events.map((it) => it.uid).join(), 'hex').slice(0, 32)}`
}

function array(items: readonly Part[][]): Part[] {
  return ['[', ...items.flatMap((item, index) => (index === 0 ? item : [',', ...item])), ']']
}

function message(id: string, contentType: string, parts: readonly Part[]): Message {
  return {
    id,
    contentType,
    body: Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
  }
}
