/**
 * Wraps a store so that errors of Redis or its client tell an operator where the fault is, what it is, and how to mend
 * it.
 */
import { messageOf, OperationError } from '../../errors.ts'
import { ClaimLost, type Store } from '../store.ts'

export const CONNECTION_LOST = 'the connection to Redis was lost'

/**
 * A key holds something that auditferry did not write; `key`: one name, or the common start of several and an asterisk.
 */
function foreignKey(key: string, reason: string, where = ''): OperationError {
  return new OperationError(
    `Redis${where && ` at ${where}`} holds something else under the key ${key} (${reason}): if it is another program's, ` +
      `choose another \`state.prefix\`. If it is damaged, ${cureOfDamage(stemOf(key))}`,
  )
}

/** A key is gone that others, which are there, are never without. */
export function missingKey(key: string, where = ''): OperationError {
  const stem = stemOf(key)
  return new OperationError(
    `Redis${where && ` at ${where}`} holds only a part of what was stored under ${stem}, something has removed keys: ` +
      cureOfDamage(stem),
  )
}

function stemOf(key: string): string {
  return key.replace(/(\}:).*/, '$1*')
}

function cureOfDamage(stem: string): string {
  return (
    `nothing is lost at the source: stop the workers, remove ${stem}, and start again; \`state.mirror\` or ` +
    '`auditferry state import` bring the position back, else the source begins at its `start`'
  )
}

/** Parses what was stored as JSON. Throws OperationError for anything else. */
export function parsed<Value>(text: string, key: string): Value {
  try {
    return JSON.parse(text) as Value
  } catch (error) {
    throw foreignKey(key, messageOf(error))
  }
}

/** What ioredis attaches to an error that Redis answered: the command with its arguments. */
interface ReplyError {
  readonly command?: { readonly name: string; readonly args: readonly unknown[] }
}

/**
 * ioredis's messages for a command that was not answered or not even sent; for a Cluster also one sent to the wrong
 * node.
 */
export const LOST =
  /^Stream isn't writeable|^Reached the max retries per request|^Connection is closed|^MOVED /

/** What Redis answers while it, or a node of its Cluster, is about to come back. */
const COMES_BACK = /^(Too many Cluster redirections|CLUSTERDOWN|MASTERDOWN|LOADING|TRYAGAIN)\b/
/** What Redis answers while it takes no writes: its memory or disk is full, or it is or lacks a replica. */
const TAKES_NO_WRITES = /(^|takes no writes: )(OOM|MISCONF|READONLY|NOREPLICAS)\b/
/** What a Cluster's node answers, in the end or at once. */
const CANT_SERVE = /^(?:Too many Cluster redirections\. Last error: (?:ReplyError: )?|(?=CLUSTERDOWN\b))(.*)/
const CLUSTER = 'the Redis Cluster '

/** Whether the error passes by itself, or once Redis is mended, so that the operation may be started again. */
export function isPassing(error: unknown): boolean {
  // Another worker has it now, or Redis went back while it was opened.
  if (error instanceof ClaimLost) return true
  const message = messageOf(error)
  return (
    [CONNECTION_LOST, CLUSTER].some((start) => message.startsWith(start)) ||
    LOST.test(message) ||
    COMES_BACK.test(message) ||
    TAKES_NO_WRITES.test(message)
  )
}

/** By the first word of what Redis answers. */
const CURE_OF_NO_WRITES: Readonly<Record<string, string>> = {
  OOM: 'its memory is full; raise `maxmemory` (redis-cli CONFIG SET, and redis.conf), well above `state.max_spool`',
  MISCONF: 'its disk is full or broken; see its log',
  READONLY: 'it is a replica by now; see redis-cli INFO replication, and name the master or the sentinels',
  NOREPLICAS:
    'its replicas are gone or lag; see redis-cli INFO replication, or lower `min-replicas-to-write`',
}

/** The text that follows `Redis at …` while its memory or disk is full, or it is or lacks a replica. */
export function describeNoWrites(error: unknown): string | undefined {
  const [, answer, word = ''] =
    /^((OOM|MISCONF|READONLY|NOREPLICAS)\b.*?)\.?( script: .*)?$/.exec(messageOf(error)) ?? []
  return answer && `takes no writes: ${answer}: ${CURE_OF_NO_WRITES[word]}`
}

/** Also what a script is answered: redis.io, ACL. */
const DENIED = /^NOPERM|The user executing the script can't/

/** The text that follows `Redis at …` for a user who lacks a permission, whatever command it was. */
export function describeDenial(error: unknown): string | undefined {
  const message = messageOf(error)
  if (!DENIED.test(message)) return undefined
  return (
    `does not let its user do what is needed (${message.replace(/ script: .*/, '')}): ` +
    'give it all commands on the keys that begin with `state.prefix`, ' +
    'such as ACL SETUSER auditferry ~auditferry:* +@all'
  )
}

/** What XADD answers where the log is there, and the state that says how long it is has gone. */
const SHORTER_THAN_LOG = /ID specified in XADD is equal or smaller/

function clearError(error: unknown, where: string): unknown {
  const message = messageOf(error)
  if (LOST.test(message)) return new OperationError(CONNECTION_LOST)
  const [, answer] = CANT_SERVE.exec(message) ?? []
  if (answer !== undefined) {
    const why = 'a node of it is gone, or the slot moves to another one; see redis-cli CLUSTER NODES'
    return new OperationError(`${CLUSTER}cannot serve a slot now (${answer}): ${why}`)
  }
  const refusal = describeNoWrites(error) ?? describeDenial(error)
  if (refusal !== undefined) return new OperationError(`Redis at ${where} ${refusal}`)
  if (SHORTER_THAN_LOG.test(message)) {
    const [, , first] = (error as ReplyError).command?.args ?? []
    return missingKey(String(first), where)
  }
  if (!message.startsWith('WRONGTYPE')) return error
  const { name = '', args = [] } = (error as ReplyError).command ?? {}
  // The arguments of a script: its hash, the number of keys, the keys of one source. Redis does not say which key it
  // was.
  const key = /^eval/.test(name) ? stemOf(String(args[2])) : String(args[0])
  return foreignKey(key, message.replace(/ script: .*/, ''), where)
}

export function withClearErrors(store: Store, where: string): Store {
  const clear =
    <Arguments extends unknown[], Answer>(ask: (...given: Arguments) => Answer) =>
    (...given: Arguments): Answer => {
      const answer = ask(...given)
      if (!(answer instanceof Promise)) return answer
      return answer.catch((error) => {
        throw clearError(error, where)
      }) as Answer
    }
  const cleared = Object.entries(store).map(([name, value]) => [
    name,
    typeof value === 'function' ? clear(value) : value,
  ])
  return {
    ...(Object.fromEntries(cleared) as Store),
    claim: clear(async (holding) => {
      const claim = await store.claim(holding)
      return claim && { ...claim, release: clear(claim.release) }
    }),
  }
}
