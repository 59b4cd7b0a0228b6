/** The service's own log, as connectors and stages see it. Fields are flat; secrets never belong in them. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  /** Surprising, but nothing is lost. */
  warn(message: string, fields?: LogFields): void
  /** Data may be lost or a person is needed. */
  error(message: string, fields?: LogFields): void
  child(fields: LogFields): Logger
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
