/** Errors as the JSON protocols send them: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
import type { Fault } from '../../conformance/sink-harness.ts'

export class AwsJsonError extends Error {
  readonly body: string
  readonly status: number

  constructor(name: string, message = 'refused', status = 400) {
    super(name)
    this.status = status
    this.body = JSON.stringify({ __type: `com.amazonaws.emulated#${name}`, message })
  }
}

/** The fault that answers with this error. */
export function faultOf(name: string, status = 400, message?: string): Fault {
  const { body } = new AwsJsonError(name, message, status)
  return { status, body }
}

/** The usual body for a status. */
export function errorBodyOf(status: number): string {
  return new AwsJsonError(BY_STATUS[status] ?? (status < 500 ? 'ValidationError' : 'InternalFailure')).body
}

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'MissingAuthenticationTokenException',
  403: 'AccessDeniedException',
  413: 'RequestEntityTooLargeException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailable',
}

/** Errors that S3 names differently: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_error-codes.html */
export function errorOfSignature(code: string): AwsJsonError {
  const [name = 'InvalidSignatureException', message] = SIGNATURE[code] ?? []
  return new AwsJsonError(name, message)
}

const SIGNATURE: Readonly<Record<string, readonly [string, string]>> = {
  AccessDenied: ['MissingAuthenticationTokenException', 'Request is missing Authentication Token'],
  AuthorizationHeaderMalformed: [
    'InvalidSignatureException',
    'Credential should be scoped to a valid region.',
  ],
  ExpiredToken: ['ExpiredTokenException', 'The security token included in the request is expired'],
  InvalidAccessKeyId: [
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  ],
  InvalidToken: ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  RequestTimeTooSkewed: ['InvalidSignatureException', 'Signature expired'],
  SignatureDoesNotMatch: [
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided.',
  ],
}
