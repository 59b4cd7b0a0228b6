/** From the answer to `_bulk` to the outcome of each document. */
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, excerptOf, outcomeOfStatus, retryAfterMs } from '../../../src/lib/http/outcome.ts'
import { isObject, parseObject } from '../../../src/lib/json-text.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'

/** Outcomes in the order of the request. Nothing but a documented success counts as delivered. */
export function judge(answer: HttpAnswer, count: number, now: number): readonly Outcome[] {
  if (answer.status !== 200) return every(count, outcomeOfRequest(answer, count, now))
  const items = itemsOf(answer.body)
  if (items?.length === count) {
    const afterMs = retryAfterMs(answer.headers, now)
    return items.map((item) => outcomeOfItem(item, afterMs))
  }
  // The HTTP client truncates answers at this length: half the batch gets half the answer.
  if (items === undefined && count > 1 && answer.body.length >= CUT_ANSWER)
    return every(count, { kind: 'split', reason: 'the answer is too long to be read' })
  return every(count, {
    kind: 'retry',
    reason: `HTTP 200, but not the answer to ${count} documents${excerptOf(answer.body)}`,
  })
}

/** `401 security_exception: missing authentication …`, or the status and an excerpt of an unknown answer. */
export function describe(answer: HttpAnswer): string {
  const { status, body } = answer
  const { error, message } = parseObject(body) ?? {}
  const { type, reason } = isObject(error) ? error : {}
  if (typeof type === 'string') return `${status} ${type}${excerptOf(textOf(reason))}`
  // Amazon, in front of the cluster, sends only a message.
  return answerInWords({ ...answer, body: textOf(message) || body })
}

/** What an operator can do about a status, for a reason and for `check`. */
export function cureOfStatus(status: number): string {
  if (status === 401) return 'correct `auth`'
  if (status === 403)
    return 'give `auth` the right to create documents in `index` (Elasticsearch: create_doc and auto_configure; OpenSearch: write and create_index; Amazon: also the access policy)'
  if (status === 404 || status === 405) return 'check `endpoint` and `index`'
  return ''
}

interface Item {
  readonly status?: unknown
  readonly failure_store?: unknown
  readonly error?: unknown
}

/** Answers are cut at 2^20 bytes, which are between a third as many and as many characters. */
const CUT_ANSWER = (1 << 20) / 3
const PAUSE = new Set([401, 403, 404, 405, 410])
const RETRY = new Set([408, 425, 429])

/** In an item or for the whole request: the index is at fault, whatever the document. */
const INDEX_AT_FAULT = new Set(['index_closed_exception', 'invalid_index_name_exception'])

/** The body did not arrive whole, although it was sent whole. */
const CUT_REQUEST =
  /^400 (illegal_argument_exception: .*terminated by a newline|parse_exception: request body is required)/
/** An option that this cluster doesn't know, or an error that no document can cause. */
const REQUEST_AT_FAULT =
  /^400 (illegal_argument|action_request_validation|index_closed|invalid_index_name)_exception|no handler found/

function outcomeOfRequest(answer: HttpAnswer, count: number, now: number): Outcome {
  const { status } = answer
  const said = describe(answer)
  const cure = cureOfStatus(status)
  const reason = cure === '' ? said : `${said}: ${cure}`
  const outcome = outcomeOfStatus(answer, now)
  if (outcome.kind === 'delivered')
    return { kind: 'retry', reason: `not the answer of a bulk request: ${said}` }
  if (status === 413)
    return { ...outcome, reason: `${said}: more than the cluster or a proxy takes in one request` }
  // Smaller requests may get through a proxy that cuts them. Even a single event is not at fault.
  if (CUT_REQUEST.test(said))
    return { kind: count > 1 ? 'split' : 'pause', reason: `${said}: check what stands before \`endpoint\`` }
  // 406 and 415 come from a proxy that changes headers.
  if (status === 406 || status === 415 || REQUEST_AT_FAULT.test(said)) return { kind: 'pause', reason }
  return { ...outcome, reason }
}

function outcomeOfItem({ status, failure_store, error }: Item, afterMs: number | undefined): Outcome {
  if (status === 200 || status === 201) {
    return failure_store === 'used' ? { kind: 'rejected', reason: IN_FAILURE_STORE } : delivered
  }
  const { type, reason, caused_by } = isObject(error) ? error : {}
  const cause = isObject(caused_by) ? textOf(caused_by.reason) : ''
  const text = `${textOf(type)}${excerptOf(textOf(reason))}${excerptOf(cause)}`
  const said = `${typeof status === 'number' ? status : 'item without a status'}${text === '' ? '' : ` ${text}`}`
  if (status === 409 && type === 'version_conflict_engine_exception') return delivered
  if (typeof status !== 'number' || status < 400 || status === 409 || status >= 500 || RETRY.has(status))
    return { kind: 'retry', reason: said, ...(afterMs === undefined ? {} : { afterMs }) }
  if (PAUSE.has(status) || INDEX_AT_FAULT.has(textOf(type))) {
    const cure = cureOfItem(textOf(type), status)
    return { kind: 'pause', reason: cure === '' ? said : `${said}: ${cure}` }
  }
  // Not the document's fault, although the status says so.
  const setting = SETTINGS.find(([told]) => told.test(textOf(reason)))
  if (setting !== undefined) return { kind: 'pause', reason: `${said}: ${setting[1]}` }
  return { kind: 'rejected', reason: said, answer: JSON.stringify(error) ?? '' }
}

/**
 * The document can't be mapped or a pipeline failed, and it went into the data stream's `::failures`, where no
 * detection rule looks: https://www.elastic.co/docs/manage-data/data-store/data-streams/failure-store
 */
const IN_FAILURE_STORE =
  'went into the failure store of the data stream: mend mapping or pipeline, then retry the dead letter'

/** What every document would be answered, and what to do about it. */
const SETTINGS: readonly (readonly [RegExp, string])[] = [
  [/^pipeline with id \[/, 'create the pipeline or correct `pipeline`'],
  [/no write index is defined|write index for alias/, 'give the alias in `index` a write index'],
  [/maximum (normal )?shards open/, 'delete old indices, or raise cluster.max_shards_per_node'],
  // Collections of OpenSearch Serverless for time series and vectors.
  [/^Document ID is not supported/, 'set `document_ids: false`'],
]

function cureOfItem(type: string, status: number): string {
  if (type === 'cluster_block_exception') return 'make room on the cluster, or lift the block of the index'
  if (type === 'index_not_found_exception')
    return 'create the data stream or index, its index template, or let it be created'
  if (type === 'index_closed_exception') return 'open the index'
  if (type === 'invalid_index_name_exception') return 'correct `index`, or the name that a pipeline gives'
  return cureOfStatus(status)
}

/** One for each action: `{"create":{…}}`. */
function itemsOf(body: string): Item[] | undefined {
  const answer = parseObject(body)
  if (!Array.isArray(answer?.items)) return undefined
  return answer.items.map((item: unknown) => {
    const [inner] = isObject(item) ? Object.values(item) : []
    return isObject(inner) ? inner : {}
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
