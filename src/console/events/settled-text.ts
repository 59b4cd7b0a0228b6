import { format } from 'date-fns/format'

/** `27 Nov 2026 04:28:19 – 04:28:20 +01:00`, in this browser's zone. RFC 3339; null if unknown. */
export function settledText(notBefore: string | null, notAfter: string | null): string {
  if (notBefore === null) return notAfter === null ? '—' : `by ${format(notAfter, WHOLE)}`
  if (notAfter === null) return `from ${format(notBefore, WHOLE)}`
  const last = format(notAfter, WHOLE)
  if (format(notBefore, WHOLE) === last) return last
  const first = format(notBefore, format(notBefore, 'xxx') === format(notAfter, 'xxx') ? DAY_AND_TIME : WHOLE)
  const sameDay = format(notBefore, DAY) === format(notAfter, DAY)
  return `${first} – ${sameDay ? format(notAfter, 'HH:mm:ss xxx') : last}`
}

/** Whether `settledText` names two times. */
export function isRange(notBefore: string | null, notAfter: string | null): boolean {
  if (notBefore === null || notAfter === null) return false
  return format(notBefore, WHOLE) !== format(notAfter, WHOLE)
}

const DAY = 'd MMM yyyy'
const DAY_AND_TIME = `${DAY} HH:mm:ss`
const WHOLE = `${DAY_AND_TIME} xxx`
