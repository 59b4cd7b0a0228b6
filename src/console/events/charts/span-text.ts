import { format } from 'date-fns'

/** `25 Nov 12:00 – 12:24`, of this zone; seconds where they matter. Unix seconds. */
export function spanText(from: number, to: number): string {
  const [begin, end] = [from * 1000, to * 1000]
  const sameDay = format(begin, 'yyyyMMdd') === format(end, 'yyyyMMdd')
  const time = from % 60 === 0 && to % 60 === 0 ? 'HH:mm' : 'HH:mm:ss'
  return `${format(begin, `d MMM ${time}`)} – ${format(end, sameDay ? time : `d MMM ${time}`)}`
}

/** `+01:00`: the offset of this zone at that Unix second. */
export function zoneOffset(second: number): string {
  return format(second * 1000, 'xxx')
}
