/**
 * Text in CEF, by the "Common Event Format" implementation standard of ArcSight (OpenText), part "Character
 * Encoding". A line is split by `|` up to the seventh bar, its extension by `=` and the blank before the next key.
 */

/** Line breaks are not allowed in the header: blanks replace them. */
export function headerText(text: string): string {
  return HEADER_SPECIAL.test(text) ? text.replace(/[\\|\r\n]/g, escapedInHeader) : text
}

export function extensionText(text: string): string {
  return EXTENSION_SPECIAL.test(text) ? text.replace(/[\\=\r\n]/g, escapedInExtension) : text
}

const HEADER_SPECIAL = /[\\|\r\n]/
const EXTENSION_SPECIAL = /[\\=\r\n]/

function escapedInHeader(mark: string): string {
  return mark === '\\' || mark === '|' ? `\\${mark}` : ' '
}

function escapedInExtension(mark: string): string {
  if (mark === '\n') return '\\n'
  return mark === '\r' ? '\\r' : `\\${mark}`
}
