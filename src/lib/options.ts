/**
 * Option kinds for configuration objects. An option is declared once: its zod schema gives parsing, default,
 * JSON Schema and documentation. A value that was interpolated arrives as text, so numbers and flags take both.
 */
import { z } from 'zod'
import { Secret } from './secret.ts'

/** What an option means beyond its type, kept in the schema's `meta` for the loader and the documentation. */
export type OptionKind = 'duration' | 'size' | 'integer' | 'flag' | 'url' | 'path' | 'file' | 'secret'

const DURATION_UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const SIZE_UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const

/** `30s 5m 24h 7d` → milliseconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text)
  return match ? Number(match[1]) * DURATION_UNITS[match[2] as keyof typeof DURATION_UNITS] : undefined
}

/** `64KiB 5MiB` → bytes. */
function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/.exec(text)
  return match ? Math.floor(Number(match[1]) * SIZE_UNITS[match[2] as keyof typeof SIZE_UNITS]) : undefined
}

/** Milliseconds out of `30s 5m 24h 7d`, between two bounds written the same way. */
export function duration(bounds: { min?: string; max?: string } = {}) {
  return measured(parseDuration, 'a duration such as 30s, 5m, 24h or 7d', bounds, {
    kind: 'duration',
    pattern: String.raw`^(\d+(\.\d+)?[smhd]|.*\$\{.*)$`,
  })
}

/** Bytes out of `64KiB 5MiB`, between two bounds written the same way. */
export function size(bounds: { min?: string; max?: string } = {}) {
  return measured(parseSize, 'a size such as 64KiB, 5MiB or 1GiB', bounds, {
    kind: 'size',
    pattern: String.raw`^(\d+(\.\d+)?(B|KiB|MiB|GiB)|.*\$\{.*)$`,
  })
}

function measured(
  parse: (text: string) => number | undefined,
  expectation: string,
  bounds: { min?: string; max?: string },
  meta: { kind: OptionKind; pattern: string },
) {
  return z
    .string({ error: `expected ${expectation}` })
    .meta(meta)
    .transform((text, context) => {
      const value = parse(text)
      const fail = (message: string) => {
        context.issues.push({ code: 'custom', message, input: text })
        return z.NEVER
      }
      if (value === undefined) return fail(`expected ${expectation}`)
      if (bounds.min !== undefined && value < (parse(bounds.min) ?? 0))
        return fail(`must be at least ${bounds.min}`)
      if (bounds.max !== undefined && value > (parse(bounds.max) ?? 0))
        return fail(`must be at most ${bounds.max}`)
      return value
    })
}

/** A whole number between two bounds. */
export function integer(bounds: { min?: number; max?: number } = {}) {
  return z
    .union([z.number(), z.string().regex(/^\d+$/, 'expected a whole number')], {
      error: 'expected a whole number',
    })
    .meta({
      kind: 'integer' satisfies OptionKind,
      ...(bounds.min !== undefined && { minimum: bounds.min }),
      ...(bounds.max !== undefined && { maximum: bounds.max }),
    })
    .transform((input, context) => {
      const value = Number(input)
      const fail = (message: string) => {
        context.issues.push({ code: 'custom', message, input })
        return z.NEVER
      }
      if (!Number.isInteger(value)) return fail('expected a whole number')
      if (bounds.min !== undefined && value < bounds.min) return fail(`must be at least ${bounds.min}`)
      if (bounds.max !== undefined && value > bounds.max) return fail(`must be at most ${bounds.max}`)
      return value
    })
}

/** `true` or `false`. */
export function flag() {
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: 'expected true or false' })
    .meta({ kind: 'flag' satisfies OptionKind })
    .transform((input) => input === true || input === 'true')
}

/** An absolute http or https address. */
export function httpUrl() {
  return z
    .string({ error: 'expected a URL' })
    .refine(isHttp, { error: 'expected an absolute URL that starts with https:// (or http://)', abort: true })
    .meta({ kind: 'url' satisfies OptionKind })
}

function isHttp(text: string): boolean {
  const protocol = URL.parse(text)?.protocol
  return protocol === 'https:' || protocol === 'http:'
}

/**
 * A path. A relative one resolves against the folder of the configuration file; `-` (a standard stream)
 * stays as it is, and so does a default. `exists`: it must be a readable file when the configuration is loaded.
 */
export function path(options: { exists?: boolean } = {}) {
  const kind: OptionKind = options.exists === true ? 'file' : 'path'
  return z
    .string({ error: 'expected a path' })
    .min(1, 'is empty')
    .refine((text) => !hasScheme(text), { error: NO_PATH, abort: true })
    .meta({ kind })
}

const NO_PATH = 'expected a path on this machine, such as /srv/audit, and not an address with "://"'

/** `gs://bucket/key`: as a path it would be a folder named `gs:`. */
export function hasScheme(text: string): boolean {
  return /^\w[\w+.-]+:\/\//.test(text)
}

/** Text that must never be printed; comes out as a {@link Secret}. */
export function secret() {
  return z
    .union([z.string().min(1, 'is empty'), z.instanceof(Secret)], {
      error: 'expected a secret text (put it in quotes)',
    })
    .meta({ kind: 'secret' satisfies OptionKind, writeOnly: true })
    .transform((input) => (input instanceof Secret ? input : new Secret(input)))
}

/** A secret that travels in a header. */
export function headerSecret() {
  return secret().refine((it) => isHeaderText(it.reveal()), NO_HEADER_TEXT)
}

/** Why a text can't be a header. Typographic dashes and quotation marks are beyond U+00FF, too. */
export const NO_HEADER_TEXT =
  'may hold no control characters, such as a line break at its end, and no character beyond U+00FF'

/** Visible characters, blanks and tabs: a line break would start another header (RFC 9110, 5.5). */
export function isHeaderText(text: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text)
}
