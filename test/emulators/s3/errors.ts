/** Errors as S3 sends them: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import type { Fault } from '../../conformance/sink-harness.ts'

const ERRORS = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed; the region is wrong'],
  BadDigest: [400, 'The checksum you specified did not match what we received.'],
  ConditionalRequestConflict: [409, 'A conflicting operation occurred during this request.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size.'],
  ExpiredToken: [400, 'The provided token has expired.'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by Content-Length.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
  KeyTooLongError: [400, 'Your key is too long'],
  'KMS.DisabledException': [400, 'The key is disabled.'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket'],
  OperationAborted: [409, 'A conflicting conditional operation is in progress against this resource.'],
  PermanentRedirect: [301, 'The bucket you are attempting to access must be addressed elsewhere.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  RequestTimeout: [400, 'Your socket connection was not read from or written to within the timeout.'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  ServiceUnavailable: [503, 'Please reduce your request rate.'],
  SignatureDoesNotMatch: [403, 'The request signature we calculated does not match the one you provided.'],
  SlowDown: [503, 'Please reduce your request rate.'],
  TooManyRequests: [429, 'Too many requests'],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match the body."],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ErrorCode = keyof typeof ERRORS

export interface S3Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/** Thrown by the emulator's parts, answered by its server. */
export class S3Error extends Error {
  readonly answer: S3Answer

  constructor(code: ErrorCode, more: { message?: string; region?: string } = {}) {
    const [status, message] = ERRORS[code]
    super(code)
    const headers = { 'content-type': 'application/xml' }
    this.answer = {
      status,
      headers: more.region === undefined ? headers : { ...headers, 'x-amz-bucket-region': more.region },
      body: errorXml(code, more.message ?? message, more.region),
    }
  }
}

/** The fault that answers with this error. */
export function faultOf(code: ErrorCode): Fault {
  const { status, body } = new S3Error(code).answer
  return { status, body: String(body) }
}

/** The usual body for a status. */
export function bodyOf(status: number): string {
  const known = Object.entries(ERRORS).find(([, [of]]) => of === status)
  if (known === undefined) return errorXml(status < 500 ? 'InvalidRequest' : 'InternalError', 'refused')
  return errorXml(known[0], known[1][1])
}

export function escapeXml(text: string): string {
  return text.replaceAll(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`)
}

function errorXml(code: string, message: string, region?: string): string {
  const where = region === undefined ? '' : `<Region>${region}</Region>`
  const detail = `<Code>${code}</Code><Message>${escapeXml(message)}</Message>${where}`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${detail}<RequestId>EMULATED</RequestId></Error>`
}
