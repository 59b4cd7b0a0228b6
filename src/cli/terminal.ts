/** Text for a terminal: numbers and times for people, tables, wrapped lines. Pure; widths count columns. */
import { printable } from '../lib/printable.ts'

/** `3 m 20 s`: the two largest units; rounded to whole seconds. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000))
  const parts: string[] = []
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    if (count > 0) parts.push(`${count} ${unit}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.length === 0 ? '0 s' : parts.join(' ')
}

/** `1 234 567`, grouped by narrow no-break spaces. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u202f')
}

/** `136.7 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const exponent = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${Number((bytes / 1024 ** exponent).toFixed(1))} ${units[exponent]}`
}

/** `2026-11-22 21:46:40Z`; an en dash for no time. */
export function formatTime(ms: number | null): string {
  if (ms === null || Number.isNaN(ms)) return '–'
  return new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+/, '')
}

/** Columns that `text` takes, styles not counted. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const character of text.replaceAll(STYLE, '')) {
    if (!/\p{M}/u.test(character)) width += WIDE.test(character) ? 2 : 1
  }
  return width
}

/** Breaks at blanks, and inside words that are longer than a line. The lines after the first are indented. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of printable(text)
    .trim()
    .split(/ +/)
    .flatMap((it) => chop(it, width - indent.length))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) line = longer
    else {
      lines.push(line)
      line = indent + word
    }
  }
  return [...lines, line]
}

export interface Column {
  readonly title: string
  readonly align?: 'right'
}

/** Columns two blanks apart; when they don't fit, the first one is cut, then the line. No line is wider than `width`. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const all = [columns.map(({ title }) => title), ...rows]
  const widths = columns.map((_, i) => all.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), 0))
  const [first = 0, ...others] = widths
  const room = width - others.reduce((sum, it) => sum + it + 2, 0)
  widths[0] = Math.min(first, Math.max(room, 4))
  return all.map((row) => {
    const cells = columns.map(({ align }, i) => pad(cut(row[i] ?? '', widths[i] ?? 0), widths[i] ?? 0, align))
    return cut(cells.join('  ').trimEnd(), width)
  })
}

/** The text, cut to `width` columns with an ellipsis. */
export function cut(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${chop(text, width - 1)[0] ?? ''}…`
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (style: Style, text: string) => string

/** Styles for a terminal, none elsewhere or with NO_COLOR set (no-color.org). */
export function createPaint(colours: boolean): Paint {
  return (style, text) => (colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text)
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 }
/** Nearly every text, where a column is a character: 100,000 dead letters are listed in a tenth of the time. */
const PLAIN = /^[ -~]*$/
const STYLE = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
/** The blocks that terminals show two columns wide (Unicode Standard Annex 11, W and F), coarsely. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

function pad(text: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'right' ? blanks + text : text + blanks
}

/** Pieces of at most `width` columns. */
function chop(text: string, width: number): string[] {
  if (PLAIN.test(text)) return slices(text, Math.max(1, width))
  const pieces: string[] = []
  let piece = ''
  for (const character of text) {
    if (widthOf(piece + character) > width && piece !== '') {
      pieces.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...pieces, piece]
}

function slices(text: string, length: number): string[] {
  const count = Math.max(1, Math.ceil(text.length / length))
  return Array.from({ length: count }, (_, at) => text.slice(at * length, (at + 1) * length))
}
