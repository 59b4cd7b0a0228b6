/** An AWS service of the JSON protocols on loopback: real signatures, named errors, faults on request. */
import { hash, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Fault } from '../../conformance/sink-harness.ts'
import { close, listen } from '../../loopback.ts'
import { createBodies } from '../request-body.ts'
import { S3Error } from '../s3/errors.ts'
import { type AccessKey, singleHeaders, verifySignature } from '../s3/sigv4.ts'
import { AwsJsonError, errorBodyOf, errorOfSignature } from './errors.ts'

interface AwsService<Input> {
  /** As in the scope of a signature: `sqs`. */
  readonly service: string
  /** In front of the action in `x-amz-target`: `AmazonSQS`. */
  readonly target: string
  readonly version: '1.0' | '1.1'
  /** Undefined if the body is not JSON. */
  parse(body: Buffer): Input | undefined
  /** Returns the body of the answer. Throws AwsJsonError. */
  operate(action: string, input: Input): object
}

export interface AwsJsonEmulator {
  readonly url: string
  readonly region: string
  readonly key: AccessKey
  /** Actions requested, in order of arrival; those that a fault kept from taking effect are not counted. */
  readonly actions: readonly string[]
  /** Connections that were opened so far. */
  readonly opened: () => number
  /** Answers the next `times` requests this way. A reset comes after the request took effect. */
  fail(fault: Fault, times: number): void
  stop(): Promise<void>
}

export async function startAwsJsonEmulator<Input extends object>(
  it: AwsService<Input>,
  now = Date.now,
): Promise<AwsJsonEmulator> {
  const region = 'eu-west-1'
  const key = { id: 'AKIDEMULATED', secret: 'emulated/secret+key' }
  const keys = new Map([[key.id, key]])
  const actions: string[] = []
  const faults: Fault[] = []
  const derived = new Map<string, KeyObject>()
  const withBody = createBodies()
  let opened = 0

  const answer = (request: IncomingMessage, body: Buffer): Answer => {
    const { method = '', url: target = '' } = request
    const headers = singleHeaders(request)
    const payloadHash = hash('sha256', body)
    try {
      const declared = headers['x-amz-content-sha256'] ?? payloadHash
      if (declared !== payloadHash) throw new AwsJsonError('InvalidSignatureException')
      verifySignature(
        { method, target, headers, payloadHash },
        { region, service: it.service, keys, derived, now: now() },
      )
      const action = headers['x-amz-target'] ?? ''
      const type = `application/x-amz-json-${it.version}`
      if (method !== 'POST' || headers['content-type'] !== type || !action.startsWith(`${it.target}.`)) {
        throw new AwsJsonError('UnknownOperationException')
      }
      const name = action.slice(it.target.length + 1)
      actions.push(name)
      const input = it.parse(body)
      if (input === undefined) throw new AwsJsonError('SerializationException')
      return { status: 200, body: JSON.stringify(it.operate(name, input)) }
    } catch (error) {
      const refusal = error instanceof S3Error ? errorOfSignature(error.message) : error
      if (!(refusal instanceof AwsJsonError)) throw error
      return { status: refusal.status, body: refusal.body }
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const fault = faults.shift()
    if (fault !== undefined && 'hang' in fault) return
    const given = await withBody(request, (body) =>
      fault !== undefined && 'status' in fault ? refusal(fault) : answer(request, body),
    )
    const cut = fault !== undefined && 'reset' in fault
    response.writeHead(given.status, {
      'content-type': `application/x-amz-json-${it.version}`,
      ...given.headers,
      'content-length': Buffer.byteLength(given.body) + (cut ? 2 : 0),
    })
    if (!cut) response.end(given.body)
    else response.write('{', () => request.socket.resetAndDestroy())
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  server.on('connection', () => {
    opened += 1
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    ...{ region, key, actions },
    opened: () => opened,
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    stop: () => close(server),
  }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

function refusal({
  status,
  body = errorBodyOf(status),
  headers = {},
}: Extract<Fault, { status: number }>): Answer {
  return { status, body, headers }
}
