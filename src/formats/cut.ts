/** The first `length` UTF-16 units, which is what products with such limits count; a surrogate pair isn't cut. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

/** The text if {@link cut} would shorten it. */
export function ifLonger(text: string, length: number): string | undefined {
  return text.length > length ? text : undefined
}
