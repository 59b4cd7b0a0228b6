/** The first `length` UTF-16 units, in which the products that set such limits count; a surrogate pair isn't cut. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

/** What {@link cut} would shorten. */
export function ifLonger(text: string, length: number): string | undefined {
  return text.length > length ? text : undefined
}
