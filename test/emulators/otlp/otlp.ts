/** An OTLP/HTTP receiver of logs on loopback. Protobuf is read by protobufjs from the specification's messages. */
import protobuf from 'protobufjs'
import { type Intake, type IntakeAnswer, type IntakeRequest, startIntake } from '../intake/intake.ts'
import { parseJsonWith } from '../intake/json-in-pieces.ts'
import { createKeyOrder } from './key-order.ts'
import { PROTO } from './proto.ts'

const root = protobuf.parse(PROTO, { keepCase: false }).root
const Request = root.lookupType('ExportLogsServiceRequest')
const Response = root.lookupType('ExportLogsServiceResponse')

interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly boolValue?: boolean }
}

interface Kept {
  readonly resource: readonly KeyValue[]
  readonly scope: string
  /** In the form of the JSON encoding. */
  readonly record: Readonly<Record<string, unknown>> & { readonly attributes: readonly KeyValue[] }
}

export interface Otlp extends Intake {
  readonly token: string
  readonly records: readonly Kept[]
  /** Records of this uid are refused by a partial success. */
  spoil(uid: string, message?: string): void
  /** Each full success carries this warning. */
  warn(message: string): void
}

interface OtlpOptions {
  readonly basic?: { readonly username: string; readonly password: string }
}

export async function startOtlp({ basic }: OtlpOptions = {}): Promise<Otlp> {
  const token = 'otlp-token-7f3a'
  const authorization = basic
    ? `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`
    : `Bearer ${token}`
  /** Requests that were accepted, with the uids that were not. */
  const taken: { readonly request: IntakeRequest; readonly bad: ReadonlySet<string> }[] = []
  const spoilt = new Map<string, string>()
  let warning = ''

  function take(request: IntakeRequest): IntakeAnswer {
    const { path, method, headers, body } = request
    if (path !== '/v1/logs') return { status: 404, body: '404 page not found' }
    if (method !== 'POST') return { status: 405 }
    if (headers.authorization !== authorization) return { status: 401, body: 'Unauthorized' }
    const type = headers['content-type'] ?? ''
    if (!TYPES.has(type)) return { status: 415, body: 'unsupported media type' }
    if (body.length > 64 << 20) return { status: 413, body: 'request body too large' }
    const all = readRequest(type, body, order.readPlain)?.map(uidOf)
    if (all === undefined) return { status: 400, body: 'the request cannot be parsed' }
    const bad = all.filter((uid) => spoilt.has(uid))
    taken.push({ request, bad: new Set(bad) })
    const message = spoilt.get(bad[0] ?? '') ?? warning
    const partial = bad.length > 0 || message !== ''
    return {
      status: 200,
      headers: { 'content-type': type },
      body: responseOf(type, partial ? { rejectedLogRecords: bad.length, errorMessage: message } : undefined),
      uids: bad.length === 0 ? all : all.filter((uid) => !spoilt.has(uid)),
    }
  }

  const intake = await startIntake(take)
  return {
    ...intake,
    token,
    get records() {
      return taken.flatMap(({ request: { headers, body }, bad }) => {
        const all = readRequest(headers['content-type'] ?? '', body) ?? []
        return all.filter((it) => !bad.has(uidOf(it))).map(shown)
      })
    },
    spoil: (uid, message = 'attribute is too long') => void spoilt.set(uid, message),
    warn(message) {
      warning = message
    },
  }
}

const TYPES = new Set(['application/x-protobuf', 'application/json'])

interface LogsRequest {
  readonly resourceLogs?: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string }
      readonly logRecords: readonly Kept['record'][]
    }[]
  }[]
}

/** Shared by all senders. */
const order = createKeyOrder()

const RECORDS = ['resourceLogs', 0, 'scopeLogs', 0, 'logRecords']

/** Messages of protobufjs, or their JSON form. `readPlain` may return only a part of a record that it knows to be valid. */
function readRequest(
  type: string,
  body: Buffer,
  readPlain?: (json: Buffer) => object | undefined,
): Kept[] | undefined {
  const isJson = type === 'application/json'
  try {
    const { resourceLogs = [] } = (isJson
      ? parseJsonWith(readPlain, body, RECORDS)
      : Request.decode(new TextReader(body))) as unknown as LogsRequest
    const found: Kept[] = []
    for (const { resource, scopeLogs } of resourceLogs) {
      for (const { scope, logRecords } of scopeLogs) {
        for (const record of logRecords) {
          if (!isStrict(record, isJson)) return undefined
          found.push({ resource: resource.attributes, scope: scope.name, record })
        }
      }
    }
    return found
  } catch {
    return undefined
  }
}

/** Decodes each text in one piece, where protobufjs joins pieces of eight characters, or uses a slow `TextDecoder`. */
class TextReader extends protobuf.BufferReader {
  override stringVerify(): string {
    const start = this.pos
    const text = this.string()
    if (!text.includes('\ufffd')) return text
    // U+FFFD was sent as such, or it stands for bytes that are not UTF-8: protobufjs decides.
    this.pos = start
    return super.stringVerify()
  }
}

/** Each key occurs once, 64-bit integers of JSON are texts, and there is a time. */
function isStrict(record: Kept['record'], isJson: boolean): boolean {
  // What was not sent, a message inherits from its prototype.
  if (!Object.hasOwn(record, 'timeUnixNano') || !Object.hasOwn(record, 'attributes')) return false
  const { attributes, timeUnixNano } = record
  if (isJson && (typeof timeUnixNano !== 'string' || !/^\d{1,20}$/.test(timeUnixNano))) return false
  return order.areDifferent(attributes)
}

/** A message in the form of the JSON encoding. */
function shown({ resource, scope, record }: Kept): Kept {
  const plain = (it: object) =>
    it instanceof protobuf.Message ? it.$type.toObject(it, { longs: String, enums: Number }) : it
  return {
    resource: resource.map((it) => plain(it) as KeyValue),
    scope,
    record: plain(record) as Kept['record'],
  }
}

function responseOf(type: string, partialSuccess: object | undefined): string | Uint8Array {
  const response = partialSuccess === undefined ? {} : { partialSuccess }
  if (type !== 'application/json') return Response.encode(Response.fromObject(response)).finish()
  return JSON.stringify(Response.toObject(Response.fromObject(response), { longs: String }))
}

function uidOf({ record }: Kept): string {
  return record.attributes.find(({ key }) => key === 'log.record.uid')?.value.stringValue ?? ''
}
