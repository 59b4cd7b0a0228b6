/**
 * An Elasticsearch or OpenSearch cluster on loopback, as strict as the real ones: authentication, media types,
 * parameters, data streams.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Fault } from '../../conformance/sink-harness.ts'
import { close, listen } from '../../loopback.ts'
import { gunzip } from '../intake/gunzip.ts'
import { bodyOf } from '../request-body.ts'
import { type Access, type Asked, refusalOf } from './access.ts'
import { bulk, type Cluster, type ClusterRules, type StoredDocument } from './bulk.ts'
import { type EsAnswer, errorOf, usualError } from './errors.ts'
import { filterPath } from './filter-path.ts'

export interface ElasticOptions {
  /** OpenSearch has no `_security` and does not know `require_data_stream`. */
  readonly product?: 'elasticsearch' | 'opensearch'
  readonly access?: Access
  readonly rules?: Partial<ClusterRules>
  /** Index privileges of the requester. */
  readonly privileges?: readonly string[]
  /** PEM; with it the emulator speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export interface ElasticEmulator {
  readonly url: string
  readonly rules: ClusterRules
  readonly documents: ReadonlyMap<string, StoredDocument>
  readonly failures: readonly StoredDocument[]
  readonly requests: readonly Asked[]
  /** Answers the next `times` requests this way. A reset comes after the request took effect. */
  fail(fault: Fault, times: number): void
  stop(): Promise<void>
}

export async function startElasticEmulator(options: ElasticOptions = {}): Promise<ElasticEmulator> {
  const { product = 'elasticsearch', access, privileges = ['create_doc', 'auto_configure'] } = options
  const cluster: Cluster = {
    documents: new Map(),
    failures: [],
    rules: {
      maxContentLength: 100 * 2 ** 20,
      pipelines: new Set(),
      autoCreate: /^logs-/,
      indices: new Set(),
      dataStreams: /^logs-[^-]+-[^-]+$/,
      failureStore: false,
      customIds: true,
      fault: () => undefined,
      ...options.rules,
    },
  }
  const requests: Asked[] = []
  const faults: Fault[] = []

  function answer(asked: Asked): EsAnswer {
    const refusal = refusalOf(access, asked, Date.now())
    if (refusal !== undefined) return refusal
    const { pathname, searchParams } = new URL(asked.target, 'http://emulator')
    const unknown = unknownParameter(product, pathname, searchParams)
    if (unknown !== undefined) return unknown
    if (pathname === '/') return { status: 200, body: INFO[product] }
    if (pathname === '/_security/user/_has_privileges') return hasPrivileges(asked)
    const [, index = '', rest] = /^\/([^/]+)(\/_bulk)?$/.exec(pathname) ?? []
    if (rest === undefined && asked.method === 'HEAD')
      return { status: cluster.rules.indices.has(index) ? 200 : 404, body: '' }
    if (rest === undefined || (asked.method !== 'POST' && asked.method !== 'PUT')) return noHandler(asked)
    return takeBulk(asked, index, searchParams)
  }

  function takeBulk({ headers, body }: Asked, index: string, query: URLSearchParams): EsAnswer {
    const type = headers['content-type'] ?? ''
    if (!/^application\/(x-ndjson|json)$/.test(type))
      return { status: 406, body: { error: `Content-Type header [${type}] is not supported`, status: 406 } }
    const isZipped = headers['content-encoding'] === 'gzip'
    let inflated: Buffer | undefined = isZipped ? gunzip(body) : body
    if (inflated.length > cluster.rules.maxContentLength) return { status: 413, body: '' }
    const given = bulk(cluster, index, () => inflated ?? gunzip(body), {
      pipeline: query.get('pipeline') ?? undefined,
      requireDataStream: query.get('require_data_stream') === 'true',
    })
    if (isZipped) inflated = undefined
    const paths = query.get('filter_path')
    // `filter_path` does not apply to errors of the whole request.
    return given.status === 200 && paths !== null
      ? { ...given, body: filterPath(given.body, paths) as object }
      : given
  }

  function hasPrivileges(asked: Asked): EsAnswer {
    if (product === 'opensearch') return noHandler(asked)
    const { index } = JSON.parse(asked.body.toString()) as {
      index: { names: string[]; privileges: string[] }[]
    }
    const all = index.flatMap(({ names, privileges: wanted }) =>
      names.map(
        (name) => [name, Object.fromEntries(wanted.map((it) => [it, privileges.includes(it)]))] as const,
      ),
    )
    const has_all_requested = all.every(([, its]) => Object.values(its).every(Boolean))
    return {
      status: 200,
      body: { username: 'x', has_all_requested, cluster: {}, index: Object.fromEntries(all) },
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = {
      method: request.method ?? '',
      target: request.url ?? '/',
      headers: request.headers as Record<string, string>,
      body: await bodyOf(request),
    }
    requests.push(asked)
    const fault = faults.shift()
    if (fault !== undefined && 'hang' in fault) return
    if (fault !== undefined && 'status' in fault) {
      const { status, headers, body = usualError(status).body } = fault
      return reply(response, { status, body, ...(headers && { headers }) })
    }
    const given = answer(asked)
    if (fault === undefined) return reply(response, given)
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"errors":false,"items":[', () => response.socket?.resetAndDestroy())
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => response.destroy())
  }
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
  const port = await listen(server)
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    rules: cluster.rules,
    documents: cluster.documents,
    failures: cluster.failures,
    requests,
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    stop: () => close(server),
  }
}

const COMMON_PARAMETERS = ['filter_path', 'pipeline', 'refresh', 'require_alias', 'routing', 'timeout']
const BULK_PARAMETERS = {
  elasticsearch: [...COMMON_PARAMETERS, 'require_data_stream'],
  opensearch: COMMON_PARAMETERS,
}

function unknownParameter(
  product: keyof typeof BULK_PARAMETERS,
  pathname: string,
  query: URLSearchParams,
): EsAnswer | undefined {
  const known = pathname.endsWith('/_bulk') ? BULK_PARAMETERS[product] : []
  const name = [...query.keys()].find((it) => !known.includes(it))
  const reason = `request [${pathname}] contains unrecognized parameter: [${name}]`
  return name === undefined ? undefined : errorOf(400, 'illegal_argument_exception', reason)
}

const INFO = {
  elasticsearch: { name: 'node', version: { number: '9.1.0' }, tagline: 'You Know, for Search' },
  opensearch: {
    name: 'node',
    version: { distribution: 'opensearch', number: '3.1.0' },
    tagline: 'The OpenSearch Project: https://opensearch.org/',
  },
}

function noHandler({ target, method }: Asked): EsAnswer {
  return { status: 400, body: { error: `no handler found for uri [${target}] and method [${method}]` } }
}

function reply(response: ServerResponse, { status, headers, body }: EsAnswer): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}
