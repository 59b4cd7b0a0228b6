import type { AuditEvent } from '../../event.ts'

/** Milliseconds until a stream that the browser has given up on is opened again. */
const AGAIN_MS = 3_000

interface StreamHandlers {
  onEvents(events: readonly AuditEvent[]): void
  /** The stream is open; `again`: events may have been missed before it was. */
  onOpen(again: boolean): void
  onLost(): void
}

/**
 * Follows `/api/v1/events/stream` until the returned function is called, and reconnects if the connection is lost. A
 * page that nobody sees holds no connection: browsers allow six to a server, and with that many pages open none would
 * load any more.
 */
export function followEvents(query: string, handlers: StreamHandlers): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  // Much may arrive before a page that was opened in the background is looked at.
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
      // The browser itself reconnects after a broken connection, but not after an error response.
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
