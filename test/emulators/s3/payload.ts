/** Reads the payload of a request and checks everything that protects it. */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './errors.ts'

type Headers = Readonly<Record<string, string>>

export interface Payload {
  readonly bytes: Buffer
  /** True if the request had a checksum or Content-MD5, and it matches. */
  readonly checked: boolean
}

/** Decodes `aws-chunked`, and checks the payload hash and each checksum, in a header or a trailer. */
export function readPayload(headers: Headers, body: Buffer): Payload {
  const declared = headers['x-amz-content-sha256']
  if (declared === undefined)
    throw new S3Error('InvalidRequest', { message: 'x-amz-content-sha256 is missing' })
  if (declared === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    const { bytes, trailers } = decodeChunks(body)
    if (bytes.length !== Number(headers['x-amz-decoded-content-length'])) throw new S3Error('IncompleteBody')
    const promised = headers['x-amz-trailer']
    if (promised !== undefined && trailers[promised] === undefined) throw new S3Error('IncompleteBody')
    return { bytes, checked: verifyChecksums({ ...headers, ...trailers }, bytes) }
  }
  if (declared.startsWith('STREAMING-')) throw new S3Error('NotImplemented')
  if (declared !== 'UNSIGNED-PAYLOAD' && declared !== hash('sha256', body)) {
    throw new S3Error('XAmzContentSHA256Mismatch')
  }
  return { bytes: body, checked: verifyChecksums(headers, body) }
}

const CHECKSUMS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  'content-md5': (bytes) => hash('md5', bytes, 'base64'),
  'x-amz-checksum-sha1': (bytes) => hash('sha1', bytes, 'base64'),
  'x-amz-checksum-sha256': (bytes) => hash('sha256', bytes, 'base64'),
  'x-amz-checksum-crc32': (bytes) => {
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(bytes))
    return sum.toString('base64')
  },
}

const CHECKSUM = /^(content-md5|x-amz-checksum-(crc|md5|sha|xxh)\w+)$/

function verifyChecksums(headers: Headers, bytes: Buffer): boolean {
  const given = Object.keys(headers).filter((name) => CHECKSUM.test(name))
  for (const name of given) {
    const compute = CHECKSUMS[name]
    if (compute === undefined) throw new S3Error('NotImplemented', { message: `${name} is not emulated` })
    if (compute(bytes) !== headers[name]) throw new S3Error('BadDigest')
  }
  return given.length > 0
}

/** `<hex size>[;extension]\r\n<bytes>\r\n … 0\r\n<trailer>: <value>\r\n\r\n` */
function decodeChunks(body: Buffer): { bytes: Buffer; trailers: Headers } {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at)
    if (lineEnd < 0) throw new S3Error('IncompleteBody')
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16)
    at = lineEnd + 2
    if (size === 0) break
    if (!(at + size + 2 <= body.length)) throw new S3Error('IncompleteBody')
    chunks.push(body.subarray(at, at + size))
    at += size + 2
  }
  const lines = body.toString('latin1', at).split('\r\n')
  const trailers = lines.flatMap((line) => {
    const [name = '', value = ''] = line.split(/: ?/, 2)
    return name === '' ? [] : [[name.toLowerCase(), value] as const]
  })
  return { bytes: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) }
}
