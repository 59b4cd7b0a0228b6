/** An S3 on loopback for tests: one bucket, real signatures, and the errors that S3 gives. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Fault } from '../../conformance/sink-harness.ts'
import { close, listen } from '../../loopback.ts'
import { type BucketRules, type Objects, operate } from './bucket.ts'
import { bodyOf, type S3Answer, S3Error } from './errors.ts'
import { readPayload } from './payload.ts'
import { type AccessKey, singleHeaders, verifySignature } from './sigv4.ts'
import { assumeRole, type Role } from './sts.ts'

export interface S3EmulatorOptions {
  readonly bucket?: string
  readonly rules?: Partial<BucketRules>
  readonly key?: AccessKey
  /** The region of this endpoint; a bucket in another one is answered with a redirect. */
  readonly region?: string
  /** A role that the key may assume. */
  readonly role?: Role
  /** PEM; with it the emulator speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Called as a request arrives, before it has any effect, with the number of requests so far. */
  readonly arrived?: (requests: number) => void
}

export interface S3Emulator {
  readonly url: string
  readonly port: number
  readonly bucket: string
  readonly region: string
  readonly key: AccessKey
  /** Of a sink of type `s3` that writes into the bucket. */
  readonly options: Readonly<Record<string, unknown>>
  /** The bucket's switches; those that aren't readonly may be changed while it runs. */
  readonly rules: BucketRules
  readonly objects: Objects
  /** Requests so far: method and path with query. */
  readonly requests: readonly string[]
  /** The number of open connections. */
  connections(): Promise<number>
  /** Answers the next `times` requests this way. A reset comes after the request took effect. */
  fail(fault: Fault, times: number): void
  stop(): Promise<void>
}

export async function startS3Emulator(options: S3EmulatorOptions = {}): Promise<S3Emulator> {
  const region = options.region ?? 'eu-west-1'
  const key = options.key ?? { id: 'AKIDEMULATED', secret: 'emulated/secret+key' }
  const bucket = options.bucket ?? 'acme-audit'
  const rules: BucketRules = {
    region,
    owner: '111122223333',
    objectLock: true,
    conditionalWrites: true,
    disabledKmsKeys: [],
    denied: new Set(),
    now: Date.now,
    ...options.rules,
  }
  const keys = new Map([[key.id, key]])
  const objects: Objects = new Map()
  const requests: string[] = []
  const faults: Fault[] = []

  const answer = async (request: IncomingMessage): Promise<S3Answer> => {
    const { method = '', url: target = '' } = request
    const headers = singleHeaders(request)
    const body = await buffer(request)
    if (method === 'POST' && options.role !== undefined) {
      return assumeRole(options.role, { method, target, headers }, body, { region, keys, now: rules.now() })
    }
    const payloadHash = headers['x-amz-content-sha256'] ?? ''
    verifySignature(
      { method, target, headers, payloadHash },
      { region, service: 's3', keys, now: rules.now() },
    )
    const payload = readPayload(headers, body)
    const url = new URL(target, 'http://emulator')
    const { name, key } = address(headers.host ?? '', url.pathname, bucket)
    if (name !== bucket) throw new S3Error('NoSuchBucket')
    if (rules.region !== region) throw new S3Error('PermanentRedirect', { region: rules.region })
    return operate(objects, rules, { method, key, query: url.searchParams, headers, payload })
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const count = requests.push(`${request.method} ${request.url}`)
    options.arrived?.(count)
    const fault = faults.shift()
    if (fault !== undefined && 'hang' in fault) return
    const given =
      fault !== undefined && 'status' in fault
        ? await refusal(request, fault)
        : await answer(request).catch(answerOfError)
    const isHead = request.method === 'HEAD'
    const body = Buffer.from(given.body)
    const cut = fault !== undefined && 'reset' in fault
    response.writeHead(given.status, {
      date: new Date(rules.now()).toUTCString(),
      ...given.headers,
      ...(isHead ? {} : { 'content-length': body.length + (cut ? 2 : 0) }),
    })
    if (!cut) response.end(isHead ? undefined : body)
    else response.write('<', () => request.socket.resetAndDestroy())
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => request.socket.destroy())
  }
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
  const port = await listen(server)
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  return {
    url,
    port,
    bucket,
    region,
    key,
    options: {
      ...{ bucket, region, endpoint: url, force_path_style: true },
      ...{ access_key_id: key.id, secret_access_key: key.secret },
    },
    rules,
    objects,
    requests,
    connections: () => promisify(server.getConnections.bind(server))(),
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    stop: () => close(server),
  }
}

/** Virtual-host style if the host begins with the bucket's name; otherwise the first part of the path is the bucket. */
function address(host: string, pathname: string, bucket: string): { name: string; key: string } {
  const path = decodeURIComponent(pathname.slice(1))
  if (host.startsWith(`${bucket}.`)) return { name: bucket, key: path }
  const slash = path.indexOf('/')
  return slash < 0 ? { name: path, key: '' } : { name: path.slice(0, slash), key: path.slice(slash + 1) }
}

async function refusal(
  request: IncomingMessage,
  fault: Extract<Fault, { status: number }>,
): Promise<S3Answer> {
  await buffer(request)
  return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? bodyOf(fault.status) }
}

function answerOfError(thrown: unknown): S3Answer {
  if (thrown instanceof S3Error) return thrown.answer
  throw thrown
}
