/**
 * What the Blob service's refusals mean, by its error codes:
 * https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and …/common-rest-api-error-codes
 */
import { type HttpAnswer, header } from '../../../src/lib/http/http.ts'
import { answerInWords, retryAfterMs } from '../../../src/lib/http/outcome.ts'
import { outcomeOfPut } from '../../../src/lib/sinks/object-sink.ts'
import type { Outcome } from '../../../src/outcome.ts'

/** The blob exists: the answer to `If-None-Match: *`, or from whatever protects the blob from being replaced. */
const EXISTS = new Set(['BlobAlreadyExists', 'BlobImmutableDueToPolicy', 'ConditionNotMet', 'LeaseIdMissing'])

/** The blob may exist: a signature that only allows creating is refused a replacement. */
const MAY_EXIST = new Set(['UnauthorizedBlobOverwrite', 'AuthorizationPermissionMismatch'])

/** Retried whatever the status. */
const RETRY = new Set([
  'ServerBusy',
  'InternalError',
  'OperationTimedOut',
  'AccountBeingCreated',
  // The bytes were damaged on the way.
  'Md5Mismatch',
  'Crc64Mismatch',
])

const GRANT =
  'grant Storage Blob Data Contributor on the container (a signature: the permissions create and read); a new grant takes minutes to hold'
const NETWORK =
  "let the account's firewall, or the signature's range of addresses, allow this machine; a signature must allow containers and objects of the blob service"
const RENEW = 'renew the key or the signature in `auth`, compare `account`, and set the clock (NTP)'
const CURES: Readonly<Record<string, string>> = {
  AccountIsDisabled: 'enable the storage account, or its subscription',
  AccountRequiresHttps: 'let `endpoint` begin with https://',
  AuthenticationFailed: RENEW,
  AuthorizationFailure: NETWORK,
  AuthorizationPermissionMismatch: GRANT,
  AuthorizationProtocolMismatch: 'let `endpoint` begin with https://',
  AuthorizationResourceTypeMismatch: NETWORK,
  AuthorizationServiceMismatch: NETWORK,
  AuthorizationSourceIPMismatch: NETWORK,
  ContainerBeingDeleted: 'wait until the container is gone, then create it again or correct `container`',
  ContainerDisabled: 'enable the container',
  ContainerNotFound: 'create the container or correct `container`',
  UnauthorizedBlobOverwrite: GRANT,
  FeatureVersionMismatch:
    'another program wrote with a feature that this version lacks: choose another `prefix`',
  InsufficientAccountPermissions: GRANT,
  InvalidAuthenticationInfo: 'check `cloud` and `auth`: the token is for another audience or tenant',
  InvalidBlobOrBlock: 'another program writes blocks of a blob with this name: choose another `prefix`',
  InvalidBlobType: 'a blob of another type has this name: choose another `prefix`',
  InvalidResourceName: 'correct `container` and `prefix`',
  InvalidUri: 'correct `endpoint`, `container` and `prefix`',
  KeyBasedAuthenticationNotPermitted: 'the account allows no keys: use Entra in `auth`',
  NoAuthenticationInformation: 'set `auth`',
  PublicAccessNotPermitted: 'set `auth`',
  ResourceNotFound: 'compare `account`, `endpoint` and `container` with the portal',
}

export function isExisting(answer: HttpAnswer): boolean {
  return answer.status >= 400 && EXISTS.has(codeOf(answer))
}

export function mayExist(answer: HttpAnswer): boolean {
  return isExisting(answer) || (answer.status >= 400 && MAY_EXIST.has(codeOf(answer)))
}

export function outcomeOfRefusal(answer: HttpAnswer, now: number): Outcome {
  if (!RETRY.has(codeOf(answer)))
    return outcomeOfPut({ ...answer, body: wordsOf(answer) }, cureOf(answer), now)
  const afterMs = retryAfterMs(answer.headers, now)
  return { kind: 'retry', reason: reasonOf(answer), ...(afterMs !== undefined && { afterMs }) }
}

export function reasonOf(answer: HttpAnswer): string {
  return answerInWords({ ...answer, body: wordsOf(answer) })
}

export function cureOf(answer: HttpAnswer): string {
  const byStatus = answer.status === 401 || answer.status === 403 ? `${RENEW}; or ${GRANT}` : ''
  return CURES[codeOf(answer)] ?? (answer.status === 404 ? CURES.ResourceNotFound : undefined) ?? byStatus
}

/** With the times of start, end and now. */
const OVER = /<AuthenticationErrorDetail>(Signature not valid in the specified time frame[^<\n]*)/

/** Empty if the answer names none: then it may not come from the service. */
export function codeOf({ headers, body }: HttpAnswer): string {
  return header(headers, 'x-ms-error-code') ?? /<Code>([A-Za-z0-9]{1,80})<\/Code>/.exec(body)?.[1] ?? ''
}

/**
 * Code and message, without the ids and the string to sign that follow them. The message to a signature that is over is
 * the same as to a wrong one: only the detail tells.
 */
function wordsOf(answer: HttpAnswer): string {
  const code = codeOf(answer)
  const [, message = code === '' ? answer.body : ''] =
    OVER.exec(answer.body) ?? /<Message>([^<\n]*)/.exec(answer.body) ?? []
  const words = [code, message].filter((it) => it !== '').join(': ')
  return words
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, 200)
}
