/**
 * A strict reader of LEEF, by IBM's "Log Event Extended Format (LEEF)" guide: nothing is escaped; a line is split by
 * bars, then by the delimiter, then each pair at its first equals sign.
 */

interface LeefLine {
  readonly version: '1.0' | '2.0'
  readonly vendor: string
  readonly product: string
  readonly productVersion: string
  readonly eventId: string
  /** Keys in the order of the line. */
  readonly pairs: ReadonlyMap<string, string>
}

export function readLeef(line: string): LeefLine {
  if (/[\r\n]/.test(line)) throw new Error('more than one line')
  const version = /^LEEF:([12]\.0)\|/.exec(line)?.[1] as '1.0' | '2.0' | undefined
  if (version === undefined) throw new Error('no LEEF:1.0 or LEEF:2.0')
  const bars = version === '1.0' ? 5 : 6
  const parts = line.split('|')
  const [, vendor = '', product = '', productVersion = '', eventId = '', written = 'x09'] = parts.slice(
    0,
    bars,
  )
  if (parts.length <= bars) throw new Error(`a header of ${parts.length} fields`)
  const rest = parts.slice(bars).join('|')
  return {
    ...{ version, vendor, product, productVersion, eventId },
    pairs: readPairs(rest, characterOf(written)),
  }
}

/** A character, or `x` or `0x` and one to four hex digits. */
function characterOf(written: string): string {
  const hex = /^(?:0x|x)([0-9a-fA-F]{1,4})$/.exec(written)?.[1]
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
  if (written.length !== 1) throw new Error(`delimiter ${JSON.stringify(written)}`)
  return written
}

function readPairs(text: string, delimiter: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const pair of text.split(delimiter)) {
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals)
    if (equals === -1 || !/^[A-Za-z][A-Za-z0-9]*$/.test(key)) throw new Error(`pair ${JSON.stringify(pair)}`)
    if (pairs.has(key)) throw new Error(`${key} twice`)
    if (equals === pair.length - 1) throw new Error(`${key} is empty`)
    if (pair.includes('\t')) throw new Error(`a tab in ${key}`)
    pairs.set(key, pair.slice(equals + 1))
  }
  return pairs
}

/** The guide's rules for the predefined keys in use; other keys are custom. */
const FORMS: Readonly<Record<string, RegExp>> = {
  devTime: /^[A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d\.\d{3} GMT$/,
  devTimeFormat: /^MMM dd yyyy HH:mm:ss\.SSS z$/,
  sev: /^([1-9]|10)$/,
  src: /^(\d{1,3}(\.\d{1,3}){3}|[\da-f:.]*:[\da-f:.]*)$/i,
  usrName: /^[\s\S]{1,255}$/,
  isLoginEvent: /^(true|false)$/,
}

export function faultsOf({ eventId, pairs }: LeefLine): string[] {
  const faults = [...pairs].flatMap(([key, value]) =>
    FORMS[key]?.test(value) === false ? [`${key}: ${value}`] : [],
  )
  if (eventId.length > 255) faults.push(`an event id of ${eventId.length} characters`)
  if (pairs.has('devTime') !== pairs.has('devTimeFormat'))
    faults.push('devTime and devTimeFormat go together')
  return faults
}
