/** `_bulk` as Elasticsearch 8 and 9 and OpenSearch implement it, limited to `create`. */
import { createPlainReader } from '../intake/plain-object.ts'
import { type EsAnswer, errorOf } from './errors.ts'

export interface StoredDocument {
  readonly id: string
  readonly index: string
  readonly source: Record<string, unknown>
  readonly pipeline: string | undefined
}

/** Switches; those that aren't readonly may be changed while it runs. */
export interface ClusterRules {
  /** Bytes of a body before compression: `http.max_content_length`. */
  maxContentLength: number
  /** Ingest pipelines that exist. */
  readonly pipelines: ReadonlySet<string>
  /** Names that are created when something is written to them; others must be in `indices`. */
  autoCreate: RegExp
  readonly indices: Set<string>
  /** Names that become data streams. */
  readonly dataStreams: RegExp
  /** Failed documents go to `failures` and count as created. */
  failureStore: boolean
  /** `false`: ids are refused, as they are by time series collections of OpenSearch Serverless. */
  customIds: boolean
  /** Item error of a document: `[status, type, reason]`. */
  fault(id: string): readonly [number, string, string] | undefined
}

export interface Cluster {
  readonly rules: ClusterRules
  readonly documents: Map<string, StoredDocument>
  readonly failures: StoredDocument[]
}

interface BulkQuery {
  readonly pipeline: string | undefined
  readonly requireDataStream: boolean
}

/** Decompresses on each call. */
type ReadBody = () => Buffer

export function bulk(cluster: Cluster, index: string, body: ReadBody, query: BulkQuery): EsAnswer {
  const bytes = body()
  if (bytes.length === 0) return errorOf(400, 'parse_exception', 'request body is required')
  if (bytes.at(-1) !== LINE_END)
    return errorOf(
      400,
      'illegal_argument_exception',
      'The bulk request must be terminated by a newline [\\n]',
    )
  const lines = linesWithin(bytes)
  const items: object[] = []
  let errors = false
  for (let at = 0; at < lines.length; at += 2) {
    const action = objectOf(lines[at])
    const [name = '', ...more] = Object.keys(action ?? {})
    const isKnown = (name === 'create' || name === 'index') && more.length === 0
    if (action === undefined || lines[at + 1] === undefined || !isKnown)
      return errorOf(
        400,
        'illegal_argument_exception',
        `Malformed action/metadata line [${at + 1}], expected START_OBJECT or END_OBJECT`,
      )
    const { _id } = action[name] as { _id?: string }
    const line = { text: lines[at + 1] ?? '', body, at: at + 1 }
    const item = write(cluster, index, name, _id, line, query)
    errors ||= 'error' in item
    items.push({ [name]: item })
  }
  return { status: 200, body: { took: 3, errors, items } }
}

interface Line {
  readonly text: string
  readonly body: ReadBody
  /** Its position in the body. */
  readonly at: number
}

function write(
  cluster: Cluster,
  index: string,
  action: string,
  givenId: string | undefined,
  line: Line,
  query: BulkQuery,
): object {
  const { rules, documents, failures } = cluster
  const id = givenId ?? `generated-${documents.size}`
  const refusal = refusalOf(rules, index, action, givenId, query)
  if (refusal !== undefined) return failed(index, id, refusal)
  rules.indices.add(index)
  const stored = new KeptDocument({ id, index, pipeline: query.pipeline }, line)
  const fault = rules.fault(id) ?? faultOf(line.text, rules.dataStreams.test(index))
  if (fault?.[0] === 400 && rules.failureStore) {
    failures.push(stored)
    return { _index: `.fs-${index}`, _id: id, status: 201, result: 'created', failure_store: 'used' }
  }
  if (fault !== undefined) return failed(index, id, fault)
  if (documents.has(id)) {
    const reason = `[${id}]: version conflict, document already exists (current version [1])`
    return failed(index, id, [409, 'version_conflict_engine_exception', reason])
  }
  documents.set(id, stored)
  const place = { _index: `.ds-${index}-000001`, _id: id, _version: 1 }
  return { ...place, result: 'created', _seq_no: documents.size, status: 201 }
}

/**
 * Its source stays in the request's bytes until a test reads it. A class, because a literal with a getter costs twenty
 * times as much.
 */
class KeptDocument implements StoredDocument {
  readonly id: string
  readonly index: string
  readonly pipeline: string | undefined
  readonly #body: ReadBody
  readonly #at: number

  constructor({ id, index, pipeline }: Omit<StoredDocument, 'source'>, { body, at }: Line) {
    this.id = id
    this.index = index
    this.pipeline = pipeline
    this.#body = body
    this.#at = at
  }

  get source(): Record<string, unknown> {
    return objectOf(linesWithin(this.#body())[this.#at]) ?? {}
  }
}

/**
 * Without the line ends. Each line is decoded on its own: slices of one text of the whole body cost V8 many times as
 * much.
 */
function linesWithin(bytes: Buffer): string[] {
  const lines: string[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, from)
    lines.push(bytes.toString('utf8', from, end))
    from = end + 1
  }
  return lines
}

const LINE_END = 0x0a

type ItemFault = readonly [status: number, type: string, reason: string]

function failed(index: string, id: string, [status, type, reason]: ItemFault): object {
  return { _index: index, _id: id, status, error: { type, reason } }
}

/** What is wrong with the action, regardless of the document. */
function refusalOf(
  rules: ClusterRules,
  index: string,
  action: string,
  id: string | undefined,
  { pipeline, requireDataStream }: BulkQuery,
): ItemFault | undefined {
  const isStream = rules.dataStreams.test(index)
  const illegal = (reason: string) => [400, 'illegal_argument_exception', reason] as const
  const missing = (more = '') =>
    [404, 'index_not_found_exception', `no such index [${index}]${more}`] as const
  if (!rules.customIds && id !== undefined)
    return illegal('Document ID is not supported in create/index operation request')
  if (id !== undefined && Buffer.byteLength(id) > 512)
    return illegal(`id is too long, must be no longer than 512 bytes but was: ${id.length}`)
  if (pipeline !== undefined && !rules.pipelines.has(pipeline))
    return illegal(`pipeline with id [${pipeline}] does not exist`)
  if (requireDataStream && !isStream) return missing(' and require_data_stream=true')
  if (!rules.indices.has(index) && !rules.autoCreate.test(index)) return missing()
  return isStream && action !== 'create'
    ? illegal('only write ops with an op_type of create are allowed in data streams')
    : undefined
}

function faultOf(text: string, isStream: boolean): ItemFault | undefined {
  const plainTime = timeOfPlain(text)
  if (plainTime !== undefined) return faultOfTime(plainTime, isStream)
  const source = objectOf(text)
  return source === undefined ? NOT_AN_OBJECT : faultOfTime(source['@timestamp'], isStream)
}

/** Documents in their most common form. */
const timeOfPlain = createPlainReader('@timestamp')

const NOT_AN_OBJECT = [400, 'document_parsing_exception', '[1:1] failed to parse'] as const

function faultOfTime(time: unknown, isStream: boolean): ItemFault | undefined {
  if (time === undefined)
    return isStream
      ? [400, 'document_parsing_exception', 'data stream timestamp field [@timestamp] is missing']
      : undefined
  return typeof time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time)
    ? undefined
    : [
        400,
        'document_parsing_exception',
        `failed to parse date field [${time}] with format [strict_date_optional_time]`,
      ]
}

function objectOf(line: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
