/** The service's own log: winston, one JSON object (or one readable line) per entry, always to stderr. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import winston from 'winston'
import type { LogConfig } from '../config/config.ts'
import type { LogFields, Logger } from '../lib/logger.ts'
import { harmlessJson, unbroken } from '../lib/printable.ts'
import { createLogOutput } from './log-output.ts'
import { redactFields } from './redact-log.ts'
import { createSplunkLog } from './splunk-log.ts'

type LogLevel = LogConfig['level']

export interface ServiceLogger extends Logger {
  setLevel(level: LogLevel): void
  /** Waits until everything is written, a few seconds or so long at most. Later entries are ignored. */
  close(withinMs?: number): Promise<void>
}

/** For a slow reader of the log; a reader that has stopped must not keep the process alive. */
const LAST_LINES_MS = 2_000

const LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 }

/** `stream` replaces stderr. Throws OperationError when the CA file of `log.splunk` can't be read. */
export function createLogger(config: LogConfig, extra: { stream?: Writable } = {}): ServiceLogger {
  const stream = extra.stream ?? process.stderr
  // A reader that went away must not end the engine.
  const ignoreBrokenPipe = () => {}
  stream.on('error', ignoreBrokenPipe)

  const render = renderers[config.format]
  const output = createLogOutput(stream, (leftOut) =>
    lineOf(render, 'warn', 'log entries were left out: nobody read them', { leftOut }),
  )
  const backend = winston.createLogger({
    level: config.level,
    levels: LEVELS,
    format: winston.format.combine(redaction(), winston.format.timestamp(), winston.format.printf(render)),
    transports: new winston.transports.Stream({ stream: output, eol: '\n' }),
  })
  const splunk = config.splunk && createSplunkLog(config.splunk, { report: reportTo(output, render) })
  if (splunk) backend.add(new winston.transports.Stream({ stream: splunk }))

  let threshold = LEVELS[config.level]
  let closed = false
  const bind = (bound: LogFields): Logger => {
    // winston formats an entry before it looks at its level, hence the comparison in front.
    const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (!closed && LEVELS[level] <= threshold) backend.log({ ...bound, ...fields, level, message })
    }
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => bind({ ...bound, ...fields }),
    }
  }

  return {
    ...bind({}),
    setLevel(level) {
      threshold = LEVELS[level]
      backend.level = level
    },
    async close(withinMs) {
      if (closed) return
      closed = true
      const finished = once(backend, 'finish')
      backend.end()
      await finished
      if (splunk) await endWithin(splunk, withinMs)
      const written = new Promise<void>((resolve) => stream.write('', () => resolve()))
      const timeMs = Math.min(withinMs ?? LAST_LINES_MS, LAST_LINES_MS)
      await Promise.race([written, sleep(timeMs, undefined, { ref: false })])
      stream.off('error', ignoreBrokenPipe)
    },
  }
}

async function endWithin(splunk: Writable, withinMs: number | undefined): Promise<void> {
  const timer = withinMs === undefined ? undefined : setTimeout(() => splunk.destroy(), withinMs)
  await new Promise<void>((resolve) => splunk.end(() => resolve()))
  clearTimeout(timer)
}

/** In place: winston keeps the level under a symbol of the same object. */
const redaction = winston.format((entry) => Object.assign(entry, redactFields(entry)))

const renderers: Readonly<Record<LogConfig['format'], (entry: LogEntry) => string>> = {
  json: ({ timestamp, level, message, ...fields }) =>
    harmlessJson(JSON.stringify({ timestamp, level, message, ...fields })),
  text({ timestamp, level, message, ...fields }) {
    const pairs = Object.entries(fields).filter(([, value]) => value !== undefined)
    const tail = pairs.map(([key, value]) => ` ${key}=${oneLine(value)}`).join('')
    return `${timestamp} ${level.toUpperCase().padEnd(5)} ${unbroken(String(message))}${tail}`
  },
}

type LogEntry = winston.Logform.TransformableInfo

/** What the Splunk transport says about itself bypasses winston, or it would feed itself. */
function reportTo(output: Writable, render: (entry: LogEntry) => string) {
  return (level: LogLevel, message: string, fields: LogFields) =>
    void output.write(lineOf(render, level, message, fields))
}

function lineOf(
  render: (entry: LogEntry) => string,
  level: LogLevel,
  message: string,
  fields: LogFields,
): string {
  const entry = redactFields({ ...fields, timestamp: new Date().toISOString(), message })
  return `${render({ ...entry, level })}\n`
}

function oneLine(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=\p{Cc}\p{Cf}]+$/u.test(text) ? text : unbroken(JSON.stringify(value))
}
