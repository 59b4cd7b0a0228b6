/** The part of `splunk-logging` 0.11 that is used here; the package ships no types. */
declare module 'splunk-logging' {
  export interface SplunkLoggerConfig {
    token: string
    protocol?: string
    host?: string
    port?: number
    path?: string
    name?: string
    maxBatchCount?: number
  }

  export interface SplunkContext {
    message: unknown
    severity?: string
    metadata?: { time?: number; host?: string; source?: string; sourcetype?: string; index?: string }
  }

  export type SplunkCallback = (
    error: Error | null,
    response?: { statusCode?: number },
    body?: unknown,
  ) => void

  export class Logger {
    constructor(config: SplunkLoggerConfig)
    config: SplunkLoggerConfig
    requestOptions: Record<string, unknown>
    eventFormatter: (message: unknown, severity: string) => unknown
    error: (error: unknown, context?: unknown) => void
    send(context: SplunkContext): void
    flush(callback: SplunkCallback): void
  }
}
