/** Reads an `ExportLogsServiceResponse` in either encoding. */
import { type HttpAnswer, header } from '../../../src/lib/http/http.ts'
import { isObject, parseObject } from '../../../src/lib/json-text.ts'

interface PartialSuccess {
  /** Records that are lost for good. */
  readonly rejected: number
  /** For people; empty if there is none. */
  readonly message: string
}

/** Undefined if the body is no such response. An empty body is a plain success. */
export function readResponse(answer: HttpAnswer): PartialSuccess | undefined {
  if (answer.body === '') return { rejected: 0, message: '' }
  const type = header(answer.headers, 'content-type') ?? ''
  if (/protobuf/.test(type)) return fromProtobuf(answer.bytes ?? Buffer.from(answer.body))
  return fromJson(answer.body)
}

function fromJson(body: string): PartialSuccess | undefined {
  const response = parseObject(body)
  if (response === undefined) return undefined
  const { partialSuccess: partial } = response
  if (partial === undefined || partial === null) {
    return Object.keys(response).some((key) => key !== 'partialSuccess')
      ? undefined
      : { rejected: 0, message: '' }
  }
  if (!isObject(partial)) return undefined
  const { rejectedLogRecords, errorMessage = '' } = partial
  // Protobuf's JSON writes an int64 as a string; many servers write a number.
  const count = rejectedLogRecords ?? 0
  if (typeof count !== 'number' && (typeof count !== 'string' || count === '')) return undefined
  const rejected = Number(count)
  return Number.isSafeInteger(rejected) && rejected >= 0
    ? { rejected, message: String(errorMessage) }
    : undefined
}

/** `partial_success` (1), which contains `rejected_log_records` (1) and `error_message` (2). */
function fromProtobuf(bytes: Uint8Array): PartialSuccess | undefined {
  const partial = fieldsOf(bytes)?.get(1)
  if (partial === undefined) return undefined
  const fields = typeof partial === 'number' ? undefined : fieldsOf(partial)
  if (fields === undefined) return undefined
  const [rejected = 0, message = Buffer.alloc(0)] = [fields.get(1), fields.get(2)]
  if (typeof rejected !== 'number' || typeof message === 'number') return undefined
  return { rejected, message: Buffer.from(message).toString() }
}

/** Varints and length-delimited fields by number; undefined if the bytes are no such message. */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> | undefined {
  const fields = new Map<number, number | Uint8Array>()
  let at = 0
  const varint = () => {
    let value = 0
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const key = varint()
    const value = varint()
    if (Number.isNaN(value) || (key & 7 & ~2) !== 0) return undefined
    if ((key & 7) === 0) fields.set(key >> 3, value)
    else {
      if (at + value > bytes.length) return undefined
      fields.set(key >> 3, bytes.subarray(at, at + value))
      at += value
    }
  }
  return fields
}
