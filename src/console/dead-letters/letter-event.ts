import { marked } from '../blocks/turned-text.ts'

/** What a list shows of a dead letter's event; redaction may have taken any part of it. Pure. */
export function eventOf(event: unknown): { title: string; login: string } {
  const { actionName, action, description, actor } = record(event)
  const name = text(actionName) || text(action) || 'event'
  return { title: text(description) || name, login: text(record(actor).login) }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Characters of a text: all of it stands in the event. */
const TEXT_MOST = 500

function text(value: unknown): string {
  if (typeof value !== 'string') return ''
  return marked(value.length > TEXT_MOST ? `${value.slice(0, TEXT_MOST)}…` : value)
}
