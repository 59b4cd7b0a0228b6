import { marked } from '../blocks/turned-text.ts'

/** What a list tells of the event of a dead letter; redaction may have taken any part of it. Pure. */
export function eventOf(event: unknown): { title: string; login: string } {
  const { actionName, action, description, actor } = record(event)
  const name = text(actionName) || text(action) || 'event'
  return { title: text(description) || name, login: text(record(actor).login) }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? marked(value) : ''
}
