import type { AuditEvent } from '../../event.ts'

/** Milliseconds until a stream that the browser gave up is opened again. */
const AGAIN_MS = 3_000

export interface StreamHandlers {
  onEvents(events: readonly AuditEvent[]): void
  /** It was opened, or opened again: what came meanwhile was missed. */
  onOpen(): void
  onLost(): void
}

/** Follows `/api/v1/events/stream` until the answered function is called; lost connections are made again. */
export function followEvents(query: string, handlers: StreamHandlers): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    source = new EventSource(`/api/v1/events/stream?${query}`)
    source.onopen = () => handlers.onOpen()
    source.onmessage = ({ data }: MessageEvent<string>) => {
      handlers.onEvents((JSON.parse(data) as { events: AuditEvent[] }).events)
    }
    source.onerror = () => {
      handlers.onLost()
      // The browser tries again by itself after a broken connection, but not after an answer that was an error.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS)
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
