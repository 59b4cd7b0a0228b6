/** Sinks without their lanes, for a command that asks or writes to them itself: each is opened when it is first named. */
import type { SinkConfig } from '../config/config.ts'
import type { Sink } from '../connector.ts'
import { lineFormat } from '../formats/formats.ts'
import { silentLogger } from '../lib/logger.ts'
import { VERSION } from '../version.ts'

interface OpenSinks {
  open(config: SinkConfig): Sink
  close(): Promise<void>
}

export function openSinks(): OpenSinks {
  const open = new Map<string, Sink>()
  return {
    open({ id, definition, options, connection, format, formatOptions }) {
      const context = { id, connection, logger: silentLogger, now: Date.now, version: VERSION }
      const sink =
        open.get(id) ?? definition.create(options, { ...context, format: lineFormat(format, formatOptions) })
      open.set(id, sink)
      return sink
    },
    async close() {
      await Promise.all([...open.values()].map((sink) => sink.close()))
    },
  }
}
