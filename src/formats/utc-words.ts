/** A time as syslog and common log formats write it: with the month's English name, in UTC. */
interface UtcWords {
  readonly month: string
  /** Two digits. */
  readonly day: string
  /** Four digits. */
  readonly year: string
  /** `22:00:00` */
  readonly time: string
}

/** Undefined for a second outside the years 0 to 9999. */
export function utcWords(seconds: number): UtcWords | undefined {
  const ms = epochMs(seconds)
  if (ms === undefined) return undefined
  // "Sun, 22 Nov 2026 22:00:00 GMT", in English everywhere (ECMA-262, Date.prototype.toUTCString).
  const [, day = '', month = '', year = '', time = ''] = new Date(ms).toUTCString().split(' ')
  return { month, day, year, time }
}

/** Milliseconds, for keys that take a time; undefined as above. */
export function epochMs(seconds: number): number | undefined {
  return seconds >= EARLIEST && seconds <= LATEST ? Math.round(seconds * 1000) : undefined
}

/** 0000-01-01 to 9999-12-31 */
const EARLIEST = -62_167_219_200
const LATEST = 253_402_300_799
