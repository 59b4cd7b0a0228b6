const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** RFC 3339 date-time → Unix seconds, rounded up; undefined for any other text and for days that do not exist. */
export function parseRfc3339(text: string): number | undefined {
  const [, year, month, day] = DATE_TIME.exec(text) ?? []
  const ms = year === undefined ? Number.NaN : Date.parse(text.toUpperCase())
  if (Number.isNaN(ms)) return undefined
  // Date.parse takes 30 February for 2 March.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) <= lastDay ? Math.ceil(ms / 1000) : undefined
}
