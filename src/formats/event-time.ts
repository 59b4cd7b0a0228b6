/**
 * Times for schemas with limits: protobuf's Timestamp and Azure Monitor's datetime cover the years 0001 to 9999, OTLP
 * what fits into 64 bits of nanoseconds.
 */
import type { AuditEvent } from '../event.ts'
import { remembering, rfc3339 } from './rfc3339.ts'

type Times = Pick<AuditEvent, 'timestamp' | 'observedAt'>

/** Whether Unix seconds are whole, and in a year of four digits. */
export function isCalendarTime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= YEAR_1 && seconds < YEAR_10000
}

/** RFC 3339 in seconds. An event whose own time is outside the calendar gets the time when it was first read. */
export function eventTime(event: Times): string | undefined {
  return isCalendarTime(event.timestamp) ? rfc3339(event.timestamp) : observedTime(event)
}

/** RFC 3339 in milliseconds. */
export function observedTime({ observedAt }: Times): string | undefined {
  return isCalendarTime(Math.floor(observedAt / 1_000)) ? inMilliseconds(observedAt) : undefined
}

const inMilliseconds = remembering((ms) => new Date(ms).toISOString())

/** Whether the nanoseconds of these Unix seconds fit into 64 bits without a sign. In OTLP, 0 means "unknown". */
export function isUnixNano(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 18_446_744_072
}

const YEAR_1 = Date.parse('0001-01-01T00:00:00Z') / 1_000
const YEAR_10000 = Date.parse('+010000-01-01T00:00:00Z') / 1_000
