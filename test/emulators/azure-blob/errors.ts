/** Refusals of the Blob service: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
import type { Fault } from '../../conformance/sink-harness.ts'
import type { Answered } from '../faulty-server.ts'

const ERRORS = {
  AccountBeingCreated: [409, 'The specified account is in the process of being created.'],
  AccountIsDisabled: [403, 'The specified account is disabled.'],
  AccountRequiresHttps: [400, 'The account being accessed does not support http.'],
  AuthenticationFailed: [
    403,
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  ],
  AuthorizationFailure: [403, 'This request is not authorized to perform this operation.'],
  AuthorizationPermissionMismatch: [
    403,
    'This request is not authorized to perform this operation using this permission.',
  ],
  AuthorizationProtocolMismatch: [
    403,
    'This request is not authorized to perform this operation using this protocol.',
  ],
  AuthorizationSourceIPMismatch: [
    403,
    'This request is not authorized to perform this operation using this source IP.',
  ],
  BlobAlreadyExists: [409, 'The specified blob already exists.'],
  BlobImmutableDueToPolicy: [
    409,
    'This operation is not permitted as the blob is immutable due to a policy.',
  ],
  BlobNotFound: [404, 'The specified blob does not exist.'],
  ConditionNotMet: [412, 'The condition specified using HTTP conditional header(s) is not met.'],
  ContainerBeingDeleted: [409, 'The specified container is being deleted. Try operation later.'],
  ContainerDisabled: [409, 'The specified container has been disabled by the administrator.'],
  ContainerNotFound: [404, 'The specified container does not exist.'],
  Crc64Mismatch: [
    400,
    'The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.',
  ],
  FeatureVersionMismatch: [409, 'The type of blob in the container is unrecognized by this version.'],
  InsufficientAccountPermissions: [
    403,
    'The account being accessed does not have sufficient permissions to execute this operation.',
  ],
  InternalError: [500, 'Server encountered an internal error. Please try again after some time.'],
  InvalidAuthenticationInfo: [
    401,
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  ],
  InvalidBlobOrBlock: [400, 'The specified blob or block content is invalid.'],
  InvalidBlobType: [409, 'The blob type is invalid for this operation.'],
  InvalidHeaderValue: [400, 'The value for one of the HTTP headers is not in the correct format.'],
  InvalidMd5: [400, 'The MD5 value specified in the request is invalid.'],
  InvalidResourceName: [400, 'The specified resource name contains invalid characters.'],
  InvalidUri: [400, 'The requested URI does not represent any resource on the server.'],
  KeyBasedAuthenticationNotPermitted: [
    403,
    'Key based authentication is not permitted on this storage account.',
  ],
  LeaseIdMissing: [
    412,
    'There is currently a lease on the blob and no lease ID was specified in the request.',
  ],
  Md5Mismatch: [
    400,
    'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
  ],
  MissingRequiredHeader: [400, 'An HTTP header that is mandatory for this request is not specified.'],
  NoAuthenticationInformation: [
    401,
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
  ],
  OperationTimedOut: [500, 'Operation could not be completed within the specified time.'],
  OutOfRangeInput: [400, 'One of the request inputs is out of range.'],
  PublicAccessNotPermitted: [409, 'Public access is not permitted on this storage account.'],
  RequestBodyTooLarge: [413, 'The request body is too large and exceeds the maximum permissible limit.'],
  ResourceNotFound: [404, 'The specified resource does not exist.'],
  ServerBusy: [503, 'The server is busy.'],
  UnauthorizedBlobOverwrite: [403, 'This request is not authorized to perform blob overwrites.'],
  UnsupportedHttpVerb: [405, "The resource doesn't support specified Http Verb."],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ErrorCode = keyof typeof ERRORS

/** Thrown by the emulator's parts, answered by its server. */
export class BlobError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    super(code)
    this.code = code
  }
}

/**
 * As Azure words it: a byte order mark first, the ids after the message, and for Shared Key the text that was signed.
 */
export function errorOf(code: ErrorCode): Answered {
  const [status, message] = ERRORS[code]
  const ids = 'RequestId:0b3cbd12-a01e-0042-5b6f-000000000000\nTime:2026-11-22T22:00:00.0000000Z'
  const detail =
    code === 'AuthenticationFailed'
      ? '<AuthenticationErrorDetail>The MAC signature is not the same.</AuthenticationErrorDetail>'
      : ''
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-ms-error-code': code },
    body: `\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}\n${ids}</Message>${detail}</Error>`,
  }
}

/** The fault that answers with this error; `bare`: the code is only in the body, as behind some proxies. */
export function faultOf(code: ErrorCode, bare = false): Fault {
  const { status, headers = {}, body } = errorOf(code)
  return { status, body, headers: bare ? {} : headers }
}
