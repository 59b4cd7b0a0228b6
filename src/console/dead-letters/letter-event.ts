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

/** The most characters of a text that are shown; the event below has all of it. */
const TEXT_MOST = 500

function text(value: unknown): string {
  if (typeof value !== 'string') return ''
  return marked(value.length > TEXT_MOST ? `${value.slice(0, TEXT_MOST)}…` : value)
}
