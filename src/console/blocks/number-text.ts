/** Numbers as people read them. Pure. */

/** `1,234,567`. */
export function countText(value: number): string {
  return value.toLocaleString('en')
}

/** `1 event`, `2,000 events`. */
export function plural(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** `136.7 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const exponent = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** exponent).toFixed(1))} ${units[exponent]}`
}

/** Events per second: `0.4/s`, `1,200/s`; a dash while it is unknown. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return '–'
  const shown = perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : countText(Math.round(perSecond))
  return `${shown}/s`
}

/** `42 %`; what is incomplete is never shown as 100 %. */
export function shareText(share: number): string {
  return `${Math.floor(Math.min(1, share) * 100)} %`
}
