import type { AuditEvent } from '../../event.ts'

/** Milliseconds until a stream that the browser has given up on is opened again. */
const AGAIN_MS = 3_000

interface StreamHandlers {
  onEvents(events: readonly AuditEvent[]): void
  /** It was opened; `again`: events before that may have been missed. */
  onOpen(again: boolean): void
  onLost(): void
}

/**
 * Follows `/api/v1/events/stream` until the answered function is called; lost connections are made again. A page that
 * nobody sees holds none: a browser has six to one server, and with as many pages open none of them would load.
 */
export function followEvents(query: string, handlers: StreamHandlers): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  // Until a page that was opened behind others is looked at, much may come.
  let wasOpen = document.hidden
  const open = () => {
    source = new EventSource(`/api/v1/events/stream?${query}`)
    source.onopen = () => {
      handlers.onOpen(wasOpen)
      wasOpen = true
    }
    source.onmessage = ({ data }: MessageEvent<string>) => {
      handlers.onEvents((JSON.parse(data) as { events: AuditEvent[] }).events)
    }
    source.onerror = () => {
      handlers.onLost()
      // The browser tries again by itself after a broken connection, but not after an answer that was an error.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS)
    }
  }
  const close = () => {
    clearTimeout(timer)
    source?.close()
  }
  const look = () => {
    close()
    if (!document.hidden) open()
  }
  look()
  document.addEventListener('visibilitychange', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    close()
  }
}
