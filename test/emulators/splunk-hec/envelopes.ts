/** Reads a HEC request body as strictly as Splunk does: one object after another, up to the first bad one. */
export interface Envelope {
  readonly time?: number | string
  readonly index?: string
  readonly host?: string
  readonly source?: string
  readonly sourcetype?: string
  readonly event: unknown
  readonly fields?: Readonly<Record<string, unknown>>
}

interface Read {
  /** Those before the first bad one. */
  readonly good: readonly Envelope[]
  /** The code of the first bad one, whose number is `good.length`. */
  readonly code?: number
}

export function readEnvelopes(body: Buffer, indexes: readonly string[] | undefined): Read {
  return readLines(body, indexes) ?? readObjects(body.toString(), indexes)
}

/** The value of `fields.event_uid`. */
export function uidOf({ fields }: Envelope): string {
  return String(fields?.event_uid)
}

/** A JSON string can't contain a line end; so a body whose lines are all good envelopes contains exactly these. */
function readLines(body: Buffer, indexes: readonly string[] | undefined): Read | undefined {
  const good: Envelope[] = []
  let from = 0
  for (let end = body.indexOf(LINE_END); end >= 0; end = body.indexOf(LINE_END, from)) {
    const envelope = parse(body.toString('utf8', from, end))
    if (envelope === undefined || codeOf(envelope, indexes) !== undefined) return undefined
    good.push(envelope)
    from = end + 1
  }
  return good.length > 0 && from === body.length ? { good } : undefined
}

const LINE_END = 0x0a

function readObjects(body: string, indexes: readonly string[] | undefined): Read {
  const good: Envelope[] = []
  for (const text of splitObjects(body)) {
    const envelope = parse(text)
    const code = envelope === undefined ? 6 : codeOf(envelope, indexes)
    if (envelope === undefined || code !== undefined) return { good, code: code ?? 6 }
    good.push(envelope)
  }
  return good.length === 0 ? { good, code: 5 } : { good }
}

function codeOf(envelope: Envelope, indexes: readonly string[] | undefined): number | undefined {
  const { event, fields, time, index } = envelope
  if (event === undefined || event === null) return 12
  if (event === '') return 13
  if (time !== undefined && !/^\d+(\.\d+)?$/.test(String(time))) return 6
  if (fields !== undefined && !isFlat(fields)) return 15
  return index !== undefined && indexes !== undefined && !indexes.includes(index) ? 7 : undefined
}

function isFlat(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return false
  return Object.values(fields).every((value) => typeof value !== 'object' || Array.isArray(value))
}

function parse(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Envelope)
      : undefined
  } catch {
    return undefined
  }
}

/** Texts from a `{` to the matching `}`; anything else between them is a text of its own. */
function* splitObjects(body: string): Generator<string> {
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}]/gs
  let depth = 0
  let start = 0
  for (let match = token.exec(body); match !== null; match = token.exec(body)) {
    if (match[0] === '{') depth += 1
    if (match[0] !== '}') continue
    depth -= 1
    if (depth > 0) continue
    yield body.slice(start, token.lastIndex)
    start = token.lastIndex
    depth = 0
  }
  const rest = body.slice(start)
  if (rest.trim() !== '') yield rest
}
