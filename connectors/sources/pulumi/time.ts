/** Timestamps as the API writes them: RFC 3339 in the CSV samples, Unix seconds in its tables and in JSON. */

/**
 * The first second with ten digits, in September 2001: fewer digits are a time that was not set, or not Unix seconds.
 */
const TOO_EARLY = 1_000_000_000

/** First second of the year 9999: a time from then on is no clock that runs ahead, and is reported differently. */
const TOO_LATE = 253_370_764_800

/** The spool stores seconds in 32 bits, which last until February 2106. */
const MOST = 2 ** 32 - 1

const NUMERIC = /^-?\d+(?:\.\d+)?$/
const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** Unix seconds, with fractions dropped; NaN if the text is no time. */
export function secondsOf(text: string): number {
  const usual = utcSecond(text)
  if (!Number.isNaN(usual)) return usual
  if (NUMERIC.test(text)) return Math.floor(Number(text))
  // Not Date.parse, which accepts almost anything: "web 12" would be a day in 2001.
  const parts = RFC3339.exec(text)
  if (parts === null) return Number.NaN
  const [, date, time, sign, hours = 0, minutes = 0] = parts
  const offset = Number(hours) * 3600 + Number(minutes) * 60
  return utcSecond(`${date}T${time}Z`) + (sign === '-' ? offset : -offset)
}

/** Why a second can't be an event's time; undefined if it can. `latest` is the latest accepted second. */
export function timestampFault(second: number, latest: number): string | undefined {
  if (second >= TOO_EARLY && second <= Math.min(latest, MOST)) return undefined
  if (!Number.isFinite(second)) return 'timestamp is missing or not a time'
  if (second < TOO_EARLY)
    return 'timestamp lies before 2001: no time was set, or it is no Unix time in seconds'
  return second >= TOO_LATE ? 'timestamp lies after the year 9998' : 'timestamp lies in the future'
}

/** `YYYY-MM-DDTHH:MM:SSZ`, the form of every row seen so far: saves a regular expression per row. */
function utcSecond(text: string): number {
  const punctuated =
    text.length === 20 &&
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58 &&
    text.charCodeAt(19) === 90
  if (!punctuated) return Number.NaN
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const valid =
    year >= 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    hour <= 23 &&
    minute <= 59 &&
    // RFC 3339 allows leap seconds.
    second <= (minute === 59 ? 60 : 59)
  if (!valid) return Number.NaN
  const midnight = Date.UTC(year, month - 1, day)
  // 31 April would be read as 1 May.
  if (day > 28 && new Date(midnight).getUTCDate() !== day) return Number.NaN
  return midnight / 1000 + hour * 3600 + minute * 60 + second
}

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
