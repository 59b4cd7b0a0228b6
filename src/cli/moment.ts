/** Times on the command line: `2026-11-22`, `2026-11-22T10:00:00Z`, Unix seconds, `now`, or `24h` (ago). */
import { UsageError } from '../errors.ts'
import { parseDuration } from '../lib/options.ts'

const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/

/** Unix seconds. Throws UsageError that names the option. */
export function parseMoment(option: string, text: string, nowMs: number): number {
  const ago = parseDuration(text)
  if (ago !== undefined) return Math.floor((nowMs - ago) / 1000)
  if (text === 'now') return Math.floor(nowMs / 1000)
  if (/^\d{1,11}$/.test(text)) return Number(text)
  const ms = MOMENT.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new UsageError(
      `${option}: expected a time such as 2026-11-22T10:00:00Z, 2026-11-22 (UTC), now, or 24h (ago)`,
    )
  }
  return Math.floor(ms / 1000)
}

/** Unix seconds, [from, to). Throws UsageError that names the option. */
export function parseRange(
  from: string,
  to: string,
  nowMs: number,
): { readonly from: number; readonly to: number } {
  const range = { from: parseMoment('--from', from, nowMs), to: parseMoment('--to', to, nowMs) }
  if (range.from >= range.to) throw new UsageError('--from must lie before --to')
  return range
}

/** Date.parse takes 30 February for 2 March. */
function isDay(date: string): boolean {
  const ms = Date.parse(date)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
}
