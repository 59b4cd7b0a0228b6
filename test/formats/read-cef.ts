/**
 * A strict reader of CEF, by "Implementing ArcSight Common Event Format" (OpenText): what the standard forbids is an
 * error here, even if some product accepts it.
 */

interface CefLine {
  /** What a syslog relay puts in front. */
  readonly prefix: string
  readonly vendor: string
  readonly product: string
  readonly version: string
  readonly classId: string
  readonly name: string
  readonly severity: string
  /** Keys in the order of the line. */
  readonly extension: ReadonlyMap<string, string>
}

/** `empty`: whether a key may have no value, as in Pulumi's own export. */
export function readCef(line: string, { empty = false } = {}): CefLine {
  if (/[\r\n]/.test(line)) throw new Error('more than one line')
  const start = line.indexOf('CEF:0|')
  if (start === -1) throw new Error('no CEF:0')
  const [fields, rest] = readHeader(line.slice(start + 'CEF:0|'.length))
  const [vendor = '', product = '', version = '', classId = '', name = '', severity = ''] = fields
  return {
    prefix: line.slice(0, start),
    ...{ vendor, product, version, classId, name, severity },
    extension: readExtension(rest, empty),
  }
}

/** Six fields, each followed by a bar. */
function readHeader(text: string): [string[], string] {
  const fields: string[] = []
  let field = ''
  for (let at = 0; at < text.length; at++) {
    const mark = text.charAt(at)
    if (mark === '\\') {
      const next = text.charAt(++at)
      if (next !== '\\' && next !== '|') throw new Error(`escape \\${next} in the header`)
      field += next
    } else if (mark === '|') {
      fields.push(field)
      field = ''
      if (fields.length === 6) return [fields, text.slice(at + 1)]
    } else field += mark
  }
  throw new Error(`a header of ${fields.length} fields`)
}

/** A value ends at the blank before the next key; a key ends at an equals sign that isn't escaped. */
function readExtension(text: string, empty: boolean): Map<string, string> {
  const pairs = new Map<string, string>()
  const equals = unescapedEquals(text)
  equals.forEach((end, index) => {
    const from = index === 0 ? 0 : text.lastIndexOf(' ', end) + 1
    const key = text.slice(from, end)
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(key)) throw new Error(`key ${JSON.stringify(key)}`)
    if (pairs.has(key)) throw new Error(`${key} twice`)
    const next = equals[index + 1]
    const to = next === undefined ? text.length : text.lastIndexOf(' ', next)
    if (to <= end && !(empty && to === end + 1)) throw new Error(`${key} has no end`)
    const value = unescaped(text.slice(end + 1, to))
    if (value === '' && !empty) throw new Error(`${key} is empty`)
    pairs.set(key, value)
  })
  if (pairs.size === 0 && text !== '') throw new Error('an extension without a key')
  return pairs
}

function unescapedEquals(text: string): number[] {
  const found: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++
    else if (text.charAt(at) === '=') found.push(at)
  }
  return found
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '=': '=', n: '\n', r: '\r' }

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S]?)/g, (_, mark: string) => {
    const meaning = ESCAPES[mark]
    if (meaning === undefined) throw new Error(`escape \\${mark} in a value`)
    return meaning
  })
}

/** The keys in use from the Extension Dictionary: the most characters, or a pattern for the value. */
const DICTIONARY: Readonly<Record<string, number | RegExp>> = {
  rt: /^-?\d{1,15}$/,
  end: /^-?\d{1,15}$/,
  dvchost: 100,
  deviceProcessName: 1023,
  externalId: 40,
  cat: 1023,
  act: 63,
  outcome: 63,
  src: /^\d{1,3}(\.\d{1,3}){3}$/,
  c6a2: /^[\da-f:.]*:[\da-f:.]*$/i,
  suser: 1023,
  spriv: 1023,
  duser: 1023,
  dpriv: 1023,
  msg: 1023,
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((at) => [`cs${at}`, 4000])),
}
const HEADER = { vendor: 63, product: 63, version: 31, classId: 1023, name: 512 }

/** Violations of the standard's lengths, patterns and label pairs. */
export function faultsOf(line: CefLine): string[] {
  const { extension } = line
  const faults = Object.entries(HEADER).flatMap(([field, most]) => {
    const { length } = line[field as keyof typeof HEADER]
    return length > most ? [`${field}: ${length} characters`] : []
  })
  if (!/^(\d|10|Unknown)$/.test(line.severity)) faults.push(`severity ${line.severity}`)
  const labels = [...extension].filter(([key]) => key.endsWith('Label'))
  if (new Set(labels.map(([, label]) => label)).size < labels.length) faults.push('a label twice')
  return [...faults, ...[...extension].flatMap(([key, value]) => faultOfPair(key, value, extension) ?? [])]
}

function faultOfPair(key: string, value: string, all: CefLine['extension']): string | undefined {
  const owner = /^(.*)Label$/.exec(key)?.[1]
  if (owner !== undefined) return all.has(owner) && value.length <= 1023 ? undefined : `${key} alone`
  const most = DICTIONARY[key]
  if (most === undefined) {
    return /^PulumiCloud[A-Z][A-Za-z]*$/.test(key) ? undefined : `${key} is in no dictionary`
  }
  if (typeof most === 'number' ? value.length > most : !most.test(value)) {
    return `${key}: ${value.length} characters, ${value.slice(0, 40)}`
  }
  return /^c(s|6a)\d$/.test(key) && !all.has(`${key}Label`) ? `${key} has no label` : undefined
}
