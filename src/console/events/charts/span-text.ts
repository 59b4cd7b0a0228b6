import { format } from 'date-fns/format'

/**
 * `25 Nov 12:00 – 12:24 +01:00` in this browser's zone; seconds if they matter, both offsets if they differ. Unix
 * seconds.
 */
export function spanText(from: number, to: number): string {
  const [begin, end] = [from * 1000, to * 1000]
  const isOneOffset = format(begin, 'xxx') === format(end, 'xxx')
  const sameDay = format(begin, 'yyyyMMdd') === format(end, 'yyyyMMdd')
  const time = from % 60 === 0 && to % 60 === 0 ? 'HH:mm' : 'HH:mm:ss'
  const first = format(begin, `d MMM ${time}${isOneOffset ? '' : ' xxx'}`)
  return `${first} – ${format(end, `${sameDay ? '' : 'd MMM '}${time} xxx`)}`
}
