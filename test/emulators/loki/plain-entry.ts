/**
 * Reads most entries, `["nanoseconds","line",{"uid":"…"}]` without spaces, directly from their bytes. The line, nearly
 * all of an entry, is only checked to be the text of a JSON string; it is decoded when a test reads it.
 */
import type { LokiEntry } from './push.ts'

/** Undefined for any other entry, valid or not. */
export function readPlainEntry(json: Buffer): PlainEntry | undefined {
  const timeEnd = json.indexOf(QUOTE, TIME_AT)
  const line = timeEnd + TO_LINE
  const lineEnd = json.length - AFTER_LINE
  if (timeEnd < 0 || lineEnd < line || json.toString('latin1', timeEnd, line) !== '","') return undefined
  const time = json.toString('latin1', TIME_AT, timeEnd)
  const end = json.toString('latin1', lineEnd)
  if (!json.subarray(0, TIME_AT).equals(OPENING) || !/^\d{1,19}$/.test(time) || !END.test(end))
    return undefined
  const size = bytesOfText(json, line, lineEnd)
  return size < 0 ? undefined : new PlainEntry(time, end.slice(UID_AT, UID_AT + UID_LENGTH), size, json)
}

/** A class, so that all entries share its getter. */
export class PlainEntry implements LokiEntry {
  /** The labels of its stream, set once the stream is known. */
  labels: LokiEntry['labels'] = {}
  readonly nanoseconds: bigint
  readonly uid: string
  readonly size: number
  readonly metadata: LokiEntry['metadata']
  readonly #json: Buffer

  constructor(time: string, uid: string, size: number, json: Buffer) {
    this.nanoseconds = BigInt(time)
    this.uid = uid
    this.size = size
    this.metadata = { uid }
    this.#json = json
  }

  get line(): string {
    return (JSON.parse(this.#json.toString()) as [string, string])[1]
  }
}

/** -1 if it isn't the inside of a JSON string or contains a `\u` escape. */
function bytesOfText(json: Buffer, from: number, to: number): number {
  let escapes = 0
  for (let at = from; at < to; at++) {
    const byte = json[at] as number
    if (byte === BACKSLASH) {
      escapes++
      if (++at === to || SHORT_ESCAPES[json[at] as number] !== 1) return -1
    } else if (byte < SPACE || byte === QUOTE) return -1
  }
  return to - from - escapes
}

const [QUOTE, BACKSLASH, SPACE] = [0x22, 0x5c, 0x20] as const
const SHORT_ESCAPES = Uint8Array.from({ length: 256 }, (_, code) =>
  '"\\/bfnrt'.includes(String.fromCharCode(code)) ? 1 : 0,
)
const OPENING = Buffer.from('["')
const [TIME_AT, TO_LINE, UID_LENGTH] = [2, 3, 64] as const
const UID_AT = '",{"uid":"'.length
const END = /^",\{"uid":"[0-9a-f]{64}"\}\]$/
const AFTER_LINE = UID_AT + UID_LENGTH + '"}]'.length
