/** The operations of one bucket that keeps its objects in memory. */
import { hash } from 'node:crypto'
import { escapeXml, type S3Answer, S3Error } from './errors.ts'
import type { Payload } from './payload.ts'

export interface StoredObject {
  readonly key: string
  readonly body: Buffer
  /** Request headers: content type, encryption, Object Lock. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds; absent for objects that a test puts there. */
  readonly writtenAt?: number
}

export interface BucketRules {
  readonly region: string
  /** The owner's account id. */
  readonly owner: string
  /** `ignored`: the headers are accepted but nothing is locked, as in OpenStack Swift. */
  objectLock: boolean | 'ignored'
  /** When false, `If-None-Match` gets a 501, as in stores that don't support it. */
  conditionalWrites: boolean
  readonly disabledKmsKeys: readonly string[]
  /** Actions that are denied: `s3:PutObject`, `s3:ListBucket`. */
  readonly denied: Set<string>
  /** Milliseconds. */
  readonly now: () => number
  /** The clock for `LastModified`, if it is another one. */
  readonly writtenNow?: () => number
}

interface Operation {
  readonly method: string
  /** Empty for the bucket itself. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Payload
}

/** Insertion order is the order of arrival. */
export type Objects = Map<string, StoredObject>

export function operate(objects: Objects, rules: BucketRules, operation: Operation): S3Answer {
  const owner = operation.headers['x-amz-expected-bucket-owner']
  if (owner !== undefined && owner !== rules.owner) throw new S3Error('AccessDenied')
  const { method, key } = operation
  if (key === '' && method === 'HEAD') return headBucket(rules)
  if (key === '' && method === 'GET' && operation.query.has('object-lock')) return lockOf(rules)
  if (key === '' && method === 'GET') return list(objects, rules, operation.query)
  if (method === 'PUT') return put(objects, rules, operation)
  if (method === 'GET' || method === 'HEAD') return get(objects, rules, key)
  throw new S3Error('MethodNotAllowed')
}

function put(objects: Objects, rules: BucketRules, { key, headers, payload }: Operation): S3Answer {
  allow(rules, 's3:PutObject')
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError')
  checkMetadata(headers)
  const condition = headers['if-none-match']
  if (condition !== undefined && (condition !== '*' || !rules.conditionalWrites)) {
    throw new S3Error('NotImplemented')
  }
  checkLock(rules, headers, payload)
  const kmsKey = headers['x-amz-server-side-encryption-aws-kms-key-id'] ?? ''
  if (rules.disabledKmsKeys.includes(kmsKey)) throw new S3Error('KMS.DisabledException')
  if (condition === '*' && objects.has(key)) throw new S3Error('PreconditionFailed')
  objects.set(key, { key, body: payload.bytes, headers, writtenAt: (rules.writtenNow ?? rules.now)() })
  return { status: 200, headers: { etag: etagOf(payload.bytes) }, body: '' }
}

/** As strict as OpenStack Swift is by default; S3 allows 2 KB for all of them together. */
const MOST_METADATA = 256

function checkMetadata(headers: Operation['headers']): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-meta-') || Buffer.byteLength(value) <= MOST_METADATA) continue
    throw new S3Error('InvalidRequest', { message: `Metadata value longer than ${MOST_METADATA}: ${name}` })
  }
}

function checkLock(rules: BucketRules, headers: Operation['headers'], payload: Payload): void {
  const mode = headers['x-amz-object-lock-mode']
  const until = headers['x-amz-object-lock-retain-until-date']
  if ((mode === undefined && until === undefined) || rules.objectLock === 'ignored') return
  const refuse = (message: string) => new S3Error('InvalidRequest', { message })
  if (!rules.objectLock) throw refuse('Bucket is missing Object Lock Configuration')
  if (!payload.checked) throw refuse('Content-MD5 OR x-amz-checksum- HTTP header is required')
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw new S3Error('InvalidArgument')
  if (!(Date.parse(until ?? '') > rules.now())) throw new S3Error('InvalidArgument')
}

function get(objects: Objects, rules: BucketRules, key: string): S3Answer {
  allow(rules, 's3:GetObject')
  const object = objects.get(key)
  if (object === undefined) throw new S3Error('NoSuchKey')
  const type = object.headers['content-type'] ?? 'binary/octet-stream'
  const metadata = Object.entries(object.headers).filter(([name]) => name.startsWith('x-amz-meta-'))
  const headers = { ...Object.fromEntries(metadata), 'content-type': type, etag: etagOf(object.body) }
  return { status: 200, headers, body: object.body }
}

function headBucket(rules: BucketRules): S3Answer {
  allow(rules, 's3:ListBucket')
  return { status: 200, headers: { 'x-amz-bucket-region': rules.region }, body: '' }
}

/** GetObjectLockConfiguration. */
function lockOf(rules: BucketRules): S3Answer {
  allow(rules, 's3:GetBucketObjectLockConfiguration')
  if (rules.objectLock !== true) throw new S3Error('ObjectLockConfigurationNotFoundError')
  return xml(
    '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
  )
}

/** ListObjectsV2 with prefix, start-after, continuation-token and max-keys. */
function list(objects: Objects, rules: BucketRules, query: URLSearchParams): S3Answer {
  allow(rules, 's3:ListBucket')
  if (query.get('list-type') !== '2') throw new S3Error('NotImplemented')
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const limit = Number(query.get('max-keys') ?? 1000)
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after)
    .sort()
  const page = keys.slice(0, limit)
  const rest = keys.length > page.length
  const contents = page.map((key) => {
    const { body = Buffer.alloc(0), writtenAt = 0 } = objects.get(key) ?? {}
    const at = new Date(writtenAt).toISOString()
    return `<Contents><Key>${escapeXml(key)}</Key><LastModified>${at}</LastModified><ETag>${escapeXml(etagOf(body))}</ETag><Size>${body.length}</Size></Contents>`
  })
  const next = rest ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? after)}</NextContinuationToken>` : ''
  const result = `<KeyCount>${page.length}</KeyCount><IsTruncated>${rest}</IsTruncated>${next}${contents.join('')}`
  return xml(`<ListBucketResult>${result}</ListBucketResult>`)
}

function xml(body: string): S3Answer {
  const headers = { 'content-type': 'application/xml' }
  return { status: 200, headers, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` }
}

function allow(rules: BucketRules, action: string): void {
  if (rules.denied.has(action)) throw new S3Error('AccessDenied')
}

function etagOf(body: Buffer): string {
  return `"${hash('md5', body)}"`
}
