/** Addresses and credentials of requests, as texts. */
import { createHmac } from 'node:crypto'
import type { AzureCloud } from '../../../src/lib/entra/options.ts'

/**
 * https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services; takes blobs of up to
 * 5,000 MiB in one request.
 */
export const VERSION = '2021-12-02'

export interface BlobAccess {
  /** Without a trailing slash. */
  readonly endpoint: string
  readonly account: string
  /** Base64. */
  readonly key?: string
  /** Without a leading question mark. */
  readonly sas?: string
}

const HOSTS = {
  public: 'blob.core.windows.net',
  china: 'blob.core.chinacloudapi.cn',
  us_government: 'blob.core.usgovcloudapi.net',
} as const

export function endpointOf(account: string, cloud: AzureCloud): string {
  return `https://${account}.${HOSTS[cloud]}`
}

/** Reads a connection string; undefined if the text isn't one. */
export function accessOf(text: string): BlobAccess | undefined {
  const parts = new Map(text.split(';').map((part) => split(part.trim())))
  const endpoint = parts.get('BlobEndpoint')?.replace(/\/+$/, '')
  const [key, sas] = [parts.get('AccountKey'), withoutMark(parts.get('SharedAccessSignature') ?? '')]
  const account = parts.get('AccountName') ?? ''
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) return undefined
  if (key !== undefined) {
    if (!isAccountKey(key) || !/^[a-z0-9]{3,24}$/.test(account)) return undefined
    const suffix = parts.get('EndpointSuffix') ?? 'core.windows.net'
    const protocol = parts.get('DefaultEndpointsProtocol') ?? 'https'
    const own = `${protocol}://${account}.blob.${suffix}`
    return URL.canParse(endpoint ?? own) ? { endpoint: endpoint ?? own, account, key } : undefined
  }
  return endpoint === undefined || !isSas(sas) ? undefined : { endpoint, account, sas }
}

export function isAccountKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{4,}={0,2}$/.test(text) && text.length % 4 === 0
}

export function isSas(text: string): boolean {
  const query = new URLSearchParams(withoutMark(text))
  return query.has('sig') && query.has('sv')
}

export function withoutMark(sas: string): string {
  return sas.replace(/^\?/, '')
}

/** The path of a blob. Each part of its name is escaped, so that a `%` in the key stays a `%`. */
export function blobPath(container: string, key: string): string {
  return `/${container}/${key.split('/').map(escapeStrictly).join('/')}`
}

interface Signed {
  readonly method: string
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/**
 * The `Authorization` header of Shared Key:
 * https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
 */
export function sharedKey(account: string, key: string, { method, url, headers, body }: Signed): string {
  const length = body === undefined || body.length === 0 ? '' : String(body.length)
  const own = Object.keys(headers).filter((name) => name.startsWith('x-ms-'))
  const text = [
    method,
    ...STANDARD.map((name) => (name === 'content-length' ? length : (headers[name] ?? ''))),
    ...own.toSorted().map((name) => `${name}:${headers[name]}`),
    resourceOf(account, new URL(url)),
  ].join('\n')
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
  return `SharedKey ${account}:${signature}`
}

const STANDARD = [
  ...['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date'],
  ...['if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'],
]

function resourceOf(account: string, { pathname, searchParams }: URL): string {
  const query = [...searchParams].map(([name, value]) => `\n${name.toLowerCase()}:${value}`)
  return `/${account}${pathname}${query.toSorted().join('')}`
}

function split(part: string): [string, string] {
  const at = part.indexOf('=')
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
}

function escapeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
