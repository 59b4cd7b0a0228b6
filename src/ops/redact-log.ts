/**
 * Masks secrets in the service's own log, by the name of a field and by the look of a text. It is the last
 * line of defence: secrets never belong in a log call, but errors of servers and libraries quote requests.
 */

export const MASK = '[redacted]'

/** The fields as they may be logged. Flags stay: `tokenExpired: true` tells no secret. */
export function redactFields<T extends Record<string, unknown>>(fields: T): T {
  return mapValues(fields, redactValue) as T
}

/** The text with everything that looks like a credential replaced by {@link MASK}. */
export function redactText(text: string): string {
  let clean = text
  for (const [pattern, replacement] of SECRET_TEXTS) clean = clean.replace(pattern, replacement)
  return clean
}

const SECRET_KEY =
  /authorization|token|secret|passw|api[-_]?key|access[-_]?key|private[-_]?key|encryption[-_]?key|cookie|signature|credential/i

/** A word that follows a scheme or a colon counts as a secret only with a digit in it: "token expired" is prose. */
const OPAQUE = String.raw`(?=\S{0,200}\d)[\w.~+/=:-]{8,}`
/** Repetitions are bounded, or a long hostile text would cost quadratic time. */
const KEY = String.raw`[\w-]{0,40}(?:token|secret|passw|api[-_]?key|access[-_]?key|signature|credential)[\w-]{0,40}|sig`

const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  [/\bpul-[\w-]{6,}/g, MASK],
  [/\bwhsec_[\w+/=-]+/g, MASK],
  // AWS access key ids: AKIA for long-term, ASIA for temporary credentials.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  // User-info of an address (RFC 3986, 3.2.1), up to the last @ of the authority.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#]+@/gi, `$1${MASK}@`],
  // Collector addresses whose path is the secret.
  [/(\/receiver\/v1\/http\/|hooks\.slack\.com\/services\/)[^\s"']+/gi, `$1${MASK}`],
  [/\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=]\s*).+/gi, `$1$2${MASK}`],
  [new RegExp(String.raw`\b(splunk|bearer|basic|token|apikey)\s+${OPAQUE}`, 'gi'), `$1 ${MASK}`],
  [new RegExp(String.raw`(["'])(${KEY})\1(\s*:\s*)(["'])(?:\\.|(?!\4).)*\4`, 'gi'), `$1$2$1$3$4${MASK}$4`],
  [new RegExp(String.raw`\b(${KEY})=(?!\[redacted\])[^\s"'&,;]+`, 'gi'), `$1=${MASK}`],
  [new RegExp(String.raw`\b(${KEY}:\s*)${OPAQUE}`, 'gi'), `$1${MASK}`],
]

function redactValue(value: unknown, key: string): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value
  if (SECRET_KEY.test(key)) return MASK
  if (typeof value === 'string') return redactText(value)
  if (value instanceof Error) return redactText(value.stack ?? value.message)
  if (Array.isArray(value)) return value.map((item) => redactValue(item, ''))
  if (isPlainObject(value)) return mapValues(value, redactValue)
  return value
}

function mapValues(
  from: Record<string, unknown>,
  map: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value, key)]))
}

/** Only these are looked into; a `Secret` and the like know themselves how to print. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
