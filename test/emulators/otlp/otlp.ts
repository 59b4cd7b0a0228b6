/** An OTLP/HTTP receiver of logs on loopback. Protobuf is read by protobufjs from the specification's messages. */
import protobuf from 'protobufjs'
import {
  type Intake,
  type IntakeAnswer,
  type IntakeRequest,
  parseJson,
  startIntake,
} from '../intake/intake.ts'
import { PROTO } from './proto.ts'

const root = protobuf.parse(PROTO, { keepCase: false }).root
const Request = root.lookupType('ExportLogsServiceRequest')
const Response = root.lookupType('ExportLogsServiceResponse')

export interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly boolValue?: boolean }
}

export interface Kept {
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

export interface OtlpOptions {
  readonly basic?: { readonly username: string; readonly password: string }
}

export async function startOtlp({ basic }: OtlpOptions = {}): Promise<Otlp> {
  const token = 'otlp-token-7f3a'
  const authorization = basic
    ? `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`
    : `Bearer ${token}`
  const records: Kept[] = []
  const spoilt = new Map<string, string>()
  let warning = ''

  function take({ path, method, headers, body }: IntakeRequest): IntakeAnswer {
    if (path !== '/v1/logs') return { status: 404, body: '404 page not found' }
    if (method !== 'POST') return { status: 405 }
    if (headers.authorization !== authorization) return { status: 401, body: 'Unauthorized' }
    const type = headers['content-type'] ?? ''
    if (!TYPES.has(type)) return { status: 415, body: 'unsupported media type' }
    if (body.length > 64 << 20) return { status: 413, body: 'request body too large' }
    const all = readRequest(type, body)
    if (all === undefined) return { status: 400, body: 'the request can not be parsed' }
    const good = all.filter((it) => !spoilt.has(uidOf(it)))
    const bad = all.filter((it) => spoilt.has(uidOf(it)))
    records.push(...good)
    const message = bad.map((it) => spoilt.get(uidOf(it)))[0] ?? warning
    const partial = bad.length > 0 || message !== ''
    return {
      status: 200,
      headers: { 'content-type': type },
      body: responseOf(type, partial ? { rejectedLogRecords: bad.length, errorMessage: message } : undefined),
      uids: good.map(uidOf),
    }
  }

  const intake = await startIntake(take)
  return {
    ...intake,
    token,
    records,
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

function readRequest(type: string, body: Buffer): Kept[] | undefined {
  try {
    const { resourceLogs = [] } = (
      type === 'application/json' ? parseJson(body) : decoded(body)
    ) as LogsRequest
    return resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ scope, logRecords }) =>
        logRecords.map((record) => ({
          resource: resource.attributes,
          scope: scope.name,
          record: strict(record),
        })),
      ),
    )
  } catch {
    return undefined
  }
}

function decoded(body: Buffer): object {
  return Request.toObject(Request.decode(body), { longs: String, enums: Number })
}

/** Keys occur once, 64-bit integers are texts, and the time is there. */
function strict(record: Kept['record']): Kept['record'] {
  const keys = record.attributes.map(({ key }) => key)
  const isText = /^\d{1,20}$/.test(String(record.timeUnixNano)) && typeof record.timeUnixNano === 'string'
  if (new Set(keys).size !== keys.length || !isText) throw new Error('not a log record')
  return record
}

function responseOf(type: string, partialSuccess: object | undefined): string | Uint8Array {
  const response = partialSuccess === undefined ? {} : { partialSuccess }
  if (type !== 'application/json') return Response.encode(Response.fromObject(response)).finish()
  return JSON.stringify(Response.toObject(Response.fromObject(response), { longs: String }))
}

export function uidOf({ record }: Kept): string {
  return record.attributes.find(({ key }) => key === 'log.record.uid')?.value.stringValue ?? ''
}
