/**
 * Regular expressions for the parts of native lines. What they match is JSON; `text` captures a string with its quotes.
 */

export const TEXT = String.raw`"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"`
/** Escaped characters take room on the regular expression's stack. */
export const LONGEST = 1 << 16

export const text = (key: string) => `"${key}":(${TEXT})`
export const texts = (...keys: string[]) => keys.map(text).join()
export const maybe = (...keys: string[]) => keys.map((key) => `(?:,${text(key)})?`).join('')
