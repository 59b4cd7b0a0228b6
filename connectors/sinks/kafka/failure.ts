/** What failed as a whole: whether a person must act, and what mends it. Codes: Kafka's Errors.java. */
import { errorsIn, messageOf } from '../../../src/errors.ts'
import { carriesCure, excerptOf, needsPerson } from '../../../src/lib/http/outcome.ts'
import { connectionCure } from '../../../src/lib/http/poster.ts'
import { NO_TOKEN } from '../../../src/lib/oauth/client-credentials.ts'
import type { Outcome } from '../../../src/outcome.ts'
import type { PartitionAnswer } from './verdict.ts'

/** What an operator mends, by the name of the code. */
export const CURES: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC: 'create the topic, or correct `topic`; a user without the right Describe sees none either',
  INVALID_TOPIC_EXCEPTION: 'correct `topic`: the brokers take no such name',
  TOPIC_AUTHORIZATION_FAILED: 'give the user the rights Describe and Write on the topic',
  CLUSTER_AUTHORIZATION_FAILED:
    'give the user the right IdempotentWrite on the cluster, or set `idempotent: false`',
  SASL_AUTHENTICATION_FAILED: 'correct user and password, or the token, in `sasl`',
  UNSUPPORTED_SASL_MECHANISM: 'choose a `mechanism` in `sasl` that the brokers offer',
  ILLEGAL_SASL_STATE: 'the brokers ask for a login: set `sasl`',
  UNSUPPORTED_COMPRESSION_TYPE: 'set `compression` to one that the brokers take (`none`, `gzip`)',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'the topic keeps an old message format: raise `log.message.format.version`',
  UNSUPPORTED_VERSION: 'the brokers are too old or too new for this sink',
  SECURITY_DISABLED: 'the brokers have security switched off: leave `sasl` out',
  INVALID_REQUIRED_ACKS: 'the brokers refuse acks=all',
  INVALID_REQUEST: 'the brokers do not understand the request',
  INVALID_CONFIG: 'the configuration of the topic is broken',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'give the user the rights Describe and Write on the topic',
  DELEGATION_TOKEN_EXPIRED: 'renew the delegation token',
  DELEGATION_TOKEN_NOT_FOUND: 'renew the delegation token',
  DELEGATION_TOKEN_AUTH_DISABLED: 'the brokers take no delegation tokens',
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 'renew the delegation token',
  PRINCIPAL_DESERIALIZATION_FAILURE: 'the brokers cannot pass the user on among each other',
}

export const NO_PROXY = 'Kafka knows no proxy'
export const UNREACHED = 'a broker is not reached at the address that it advertises'

/** The same for messages without a code; undefined if it may pass by itself, or nothing is known. */
function cureOfWords(parts: readonly Failure[]): string | undefined {
  const told = parts.find(carriesCure)
  if (told !== undefined) return told.message
  const text = parts.map(({ message }) => message).join(' ')
  const failed = parts.find(needsPerson)
  if (text.includes(NO_TOKEN)) return failed && connectionCure(failed, 'token_url')
  if (text.includes(NO_PROXY)) return 'leave `proxy` out'
  if (text.includes('requires TLS'))
    return 'the port speaks TLS: set `encryption: tls`, or take the plain port'
  if (/TLS handshake failed|wrong version number|packet length too long/.test(text))
    return 'the port does not speak TLS: take the one that does, or set `encryption: none`'
  if (text.includes(UNREACHED))
    return 'correct `advertised.listeners` at the brokers, or let that name and port be reached from here'
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'check the host names in `brokers`'
  if (text.includes('InitProducerId'))
    return 'the brokers give no producer id: try again, or set `idempotent: false`'
  return failed && connectionCure(failed, 'brokers')
}

interface Verdict {
  readonly kind: 'pause' | 'retry'
  readonly reason: string
  readonly cure: string | undefined
}

/** The gravest part decides. */
export function verdictOf(thrown: unknown): Verdict {
  const parts: Failure[] = [...errorsIn(thrown)]
  const known = parts.map((it) => CURES[codeNameOf(it)]).find((it) => it !== undefined)
  const kind = known !== undefined || parts.some(isForPerson) ? 'pause' : 'retry'
  return { kind, reason: reasonOf(parts), cure: known ?? cureOfWords(parts) }
}

export function outcomeOfFailure(thrown: unknown): Outcome {
  const { kind, reason, cure } = verdictOf(thrown)
  const isNews = kind === 'pause' && cure !== undefined && !reason.includes(cure)
  return { kind, reason: isNews ? `${reason}; ${cure}` : reason }
}

/** An error of the package, as far as it matters here. */
export interface Failure extends Error {
  readonly code?: string
  readonly apiId?: string
  readonly serverErrorMessage?: string | null
  readonly response?: { readonly responses?: readonly { readonly partitionResponses?: PartitionAnswer[] }[] }
  readonly produced?: { readonly offsets?: readonly { readonly partition: number }[] }
}

/**
 * `UNKNOWN_TOPIC` stands for the package's own error for a topic that is not in the metadata. Its error for a login has
 * a cause if a broker's code, or a missing token, is behind it.
 */
function codeNameOf({ code, apiId, message, cause }: Failure): string {
  if (code === 'PLT_KFK_USER' && message.startsWith('Unknown topic')) return 'UNKNOWN_TOPIC'
  if (apiId !== undefined) return apiId
  return code === 'PLT_KFK_AUTHENTICATION' && cause === undefined ? 'SASL_AUTHENTICATION_FAILED' : ''
}

/** The package uses `PLT_KFK_USER` for TLS errors, too. */
function isForPerson(part: Failure): boolean {
  return /^PLT_KFK_(USER|UNSUPPORTED)/.test(part.code ?? '') || needsPerson(part)
}

/** The innermost error says most. */
function reasonOf(parts: readonly Failure[]): string {
  const inner = parts.filter((it) => !(it instanceof AggregateError && it.errors.length > 0) && !it.cause)
  const named = (it: Failure) => it.apiId ?? (messageOf(it) || it.code || 'connection failed')
  const said = inner.map((it) => named(it) + excerptOf(it.serverErrorMessage ?? ''))
  return [...new Set(said)].join('; ').slice(0, 400) || 'no connection'
}
