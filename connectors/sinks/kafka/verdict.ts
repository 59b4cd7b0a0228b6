/** What brokers answered, and what broke on the way to them: the outcome of each event. Codes: Kafka's Errors.java. */
import { messageOf } from '../../../src/errors.ts'
import { excerptOf, needsPerson } from '../../../src/lib/http-outcome.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'

/** Of one partition in an answer to Produce. */
export interface PartitionAnswer {
  readonly index: number
  readonly errorCode: number
  readonly errorMessage?: string | null
  /** `batchIndex`: the record's place among those of this partition. */
  readonly recordErrors?: readonly {
    readonly batchIndex: number
    readonly batchIndexErrorMessage?: string | null
  }[]
}

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

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
/** The answer may say which records it means. */
const BAD_RECORDS = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP'])

export type NameOf = (code: number) => string | undefined

/** One outcome for each of `count` records that were sent to the partition, in order. */
export function outcomesOfPartition(answer: PartitionAnswer, count: number, nameOf: NameOf): Outcome[] {
  const { errorCode, errorMessage, recordErrors = [] } = answer
  if (errorCode === 0) return every(count, recordErrors.length === 0 ? delivered : CONTRADICTION)
  const name = nameOf(errorCode) ?? 'an unknown code'
  const text = errorMessage ?? ''
  const said = `${name} (${errorCode})${excerptOf(text)}`
  if (!BAD_RECORDS.has(name)) return every(count, outcomeOfCode(name, said, text))
  const [first] = recordErrors
  if (first === undefined) return every(count, { kind: 'split', reason: said, answer: text })
  // A compacted topic refuses what has no key: all of it, for ever.
  if (/without key/i.test(first.batchIndexErrorMessage ?? text))
    return every(count, { kind: 'pause', reason: `${said}; the topic is compacted: set \`key\`` })
  const spoilt = `${said}; the batch was refused for another of its records`
  const outcomes = every(count, { kind: 'retry', reason: spoilt, afterMs: 0 })
  for (const { batchIndex, batchIndexErrorMessage } of recordErrors) {
    if (batchIndex < 0 || batchIndex >= count) return every(count, { kind: 'split', reason: said })
    const why = excerptOf(batchIndexErrorMessage ?? '')
    outcomes[batchIndex] = { kind: 'rejected', reason: said + why, answer: batchIndexErrorMessage ?? text }
  }
  return outcomes
}

function outcomeOfCode(name: string, said: string, answer: string): Outcome {
  if (TOO_LARGE.has(name)) return { kind: 'split', reason: said, answer }
  const cure = CURES[name]
  return cure === undefined ? { kind: 'retry', reason: said } : { kind: 'pause', reason: `${said}; ${cure}` }
}

const CONTRADICTION: Outcome = {
  kind: 'retry',
  reason: 'the broker names bad records of a batch that it took',
}

/** What is known of a failure as a whole: its gravest part decides. */
export function outcomeOfFailure(thrown: unknown): Extract<Outcome, { kind: 'pause' | 'retry' }> {
  const parts = [...partsOf(thrown)]
  const reason = reasonOf(parts)
  const cure = knownCure(parts)
  if (cure !== undefined) return { kind: 'pause', reason: `${reason}; ${cure}` }
  return { kind: parts.some(isForPerson) ? 'pause' : 'retry', reason }
}

/** An error of the package, as far as it matters here. */
export interface Failure extends Error {
  readonly code?: string
  readonly apiId?: string
  readonly serverErrorMessage?: string | null
  readonly response?: { readonly responses?: readonly { readonly partitionResponses?: PartitionAnswer[] }[] }
  readonly produced?: { readonly offsets?: readonly { readonly partition: number }[] }
}

/** The error with its causes and what it gathers, outermost first. */
export function* partsOf(thrown: unknown): Generator<Failure> {
  if (!(thrown instanceof Error)) return
  yield thrown
  if (thrown instanceof AggregateError) for (const it of thrown.errors) yield* partsOf(it)
  yield* partsOf(thrown.cause)
}

export function knownCure(parts: readonly Failure[]): string | undefined {
  return parts.map((it) => CURES[codeNameOf(it)]).find((it) => it !== undefined)
}

/**
 * `UNKNOWN_TOPIC` stands for what the package says of a topic that metadata don't have. What it says of a login has a
 * cause where a broker's code, or a token that didn't come, is behind it.
 */
function codeNameOf({ code, apiId, message, cause }: Failure): string {
  if (code === 'PLT_KFK_USER' && message.startsWith('Unknown topic')) return 'UNKNOWN_TOPIC'
  if (apiId !== undefined) return apiId
  return code === 'PLT_KFK_AUTHENTICATION' && cause === undefined ? 'SASL_AUTHENTICATION_FAILED' : ''
}

/** `PLT_KFK_USER` is what the package says of TLS, too. */
function isForPerson(part: Failure): boolean {
  return /^PLT_KFK_(USER|UNSUPPORTED)/.test(part.code ?? '') || needsPerson(part)
}

/** What stands innermost says most. */
function reasonOf(parts: readonly Failure[]): string {
  const inner = parts.filter((it) => !(it instanceof AggregateError && it.errors.length > 0) && !it.cause)
  const said = inner.map((it) => {
    const name = it.apiId === undefined ? messageOf(it) : it.apiId
    return (name || it.code || 'connection failed') + excerptOf(it.serverErrorMessage ?? '')
  })
  return [...new Set(said)].join('; ').slice(0, 400) || 'no connection'
}
