/**
 * Verifies Signature Version 4 as AWS does, from the bytes of the request:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */

import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Error } from './errors.ts'

export interface SignedRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The payload's hash, or what replaces it, in the canonical request. */
  readonly payloadHash: string
}

export interface AccessKey {
  readonly id: string
  readonly secret: string
  readonly sessionToken?: string
  /** Milliseconds. */
  readonly expiresAt?: number
}

interface Verifier {
  readonly region: string
  readonly service: string
  readonly keys: ReadonlyMap<string, AccessKey>
  /** Milliseconds. */
  readonly now: number
  /** Signing keys by secret and scope; each is valid for a day. */
  readonly derived?: Map<string, KeyObject>
}

const MAX_SKEW_MS = 15 * 60_000
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/

/** Throws the S3Error that AWS would answer with. */
export function verifySignature(request: SignedRequest, verifier: Verifier): void {
  const { authorization = '', 'x-amz-date': sentAt = '' } = request.headers
  if (authorization === '') throw new S3Error('AccessDenied')
  const [, id = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] =
    AUTHORIZATION.exec(authorization) ?? []
  if (signature === '' || service !== verifier.service) throw new S3Error('InvalidRequest')
  if (region !== verifier.region) {
    throw new S3Error('AuthorizationHeaderMalformed', { region: verifier.region })
  }
  const key = verifier.keys.get(id)
  if (key === undefined) throw new S3Error('InvalidAccessKeyId')
  if (!(Math.abs(parseAmzDate(sentAt) - verifier.now) <= MAX_SKEW_MS) || !sentAt.startsWith(day)) {
    throw new S3Error('RequestTimeTooSkewed')
  }
  requireSigned(request, signedHeaders.split(';'))
  const scope = `${day}/${region}/${service}/aws4_request`
  const digest = hash('sha256', canonicalRequest(request, signedHeaders))
  const text = `AWS4-HMAC-SHA256\n${sentAt}\n${scope}\n${digest}`
  const expected = hmac(signingKeyOf(key.secret, [day, region, service], verifier.derived), text)
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new S3Error('SignatureDoesNotMatch')
  if (request.headers['x-amz-security-token'] !== key.sessionToken) throw new S3Error('InvalidToken')
  if (key.expiresAt !== undefined && key.expiresAt <= verifier.now) throw new S3Error('ExpiredToken')
}

function requireSigned(request: SignedRequest, signed: string[]): void {
  const needed = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'))
  const unsigned = needed.filter((name) => !signed.includes(name))
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', { message: `not signed: ${unsigned.join(', ')}` })
}

function canonicalRequest(
  { method, target, headers, payloadHash }: SignedRequest,
  signedHeaders: string,
): string {
  const [path = '', query = ''] = target.split('?')
  const uri = path
    .split('/')
    .map((segment) => encodeStrictly(decodeURIComponent(segment)))
    .join('/')
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return `${encodeStrictly(decodeURIComponent(name))}=${encodeStrictly(decodeURIComponent(value))}`
    })
    .sort()
  const lines = signedHeaders
    .split(';')
    .map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}\n`)
  return [method, uri, pairs.join('&'), lines.join(''), signedHeaders, payloadHash].join('\n')
}

/** A key object: `createHmac` makes one from bytes at each call, which takes five times as long as the HMAC itself. */
function signingKeyOf(secret: string, scope: string[], derived = new Map<string, KeyObject>()): KeyObject {
  const name = [secret, ...scope].join('/')
  const known = derived.get(name)
  if (known !== undefined) return known
  const bytes = [...scope, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
  const key = createSecretKey(bytes)
  derived.set(name, key)
  return key
}

function hmac(key: Buffer | KeyObject, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** RFC 3986: everything but the unreserved characters. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** `20261122T215841Z` → milliseconds; NaN for anything else. */
function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (match === null) return Number.NaN
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, ...(rest as [number, number, number, number]))
}

/** Headers that came several times are joined, as a signature covers them. Node's lists of them take a tenth of a small request. */
export function singleHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at]?.toLowerCase(), rawHeaders[at + 1]]
    headers[name] = name in headers ? `${headers[name]},${value}` : value
  }
  return headers
}
