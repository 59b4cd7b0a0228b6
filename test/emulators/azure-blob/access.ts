/**
 * Authenticates requests to an emulated storage account: Shared Key, a service SAS of the container, or an Entra token.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { ENTRA_TOKEN } from '../entra/entra.ts'
import type { Asked } from '../faulty-server.ts'
import { BlobError } from './errors.ts'

export interface Account {
  readonly name: string
  /** Base64. */
  key: string
  readonly container: string
  /** Milliseconds. */
  readonly now: () => number
}

export interface SasFields {
  /** `rc`: read, create. */
  readonly permissions?: string
  /** Milliseconds. */
  readonly expiresAt?: number
}

export type Right = 'read' | 'create' | 'replace'

const SKEW_MS = 15 * 60_000

/** The permissions of the requester. Throws the BlobError that Azure would answer with. */
export function authenticate(asked: Asked, account: Account): ReadonlySet<Right> {
  const { authorization } = asked.headers
  if (authorization === undefined && asked.url.searchParams.has('sig')) return verifySas(asked.url, account)
  if (authorization === undefined) throw new BlobError('NoAuthenticationInformation')
  const sent = Date.parse(String(asked.headers['x-ms-date'] ?? ''))
  if (!(Math.abs(sent - account.now()) <= SKEW_MS)) throw new BlobError('AuthenticationFailed')
  if (authorization.startsWith('Bearer ')) {
    if (authorization !== `Bearer ${ENTRA_TOKEN}`) throw new BlobError('InvalidAuthenticationInfo')
    return new Set(['read', 'create', 'replace'])
  }
  const [, name, signature = ''] = /^SharedKey ([a-z0-9]+):([A-Za-z0-9+/=]{44})$/.exec(authorization) ?? []
  if (name !== account.name || !isSame(signature, sign(account.key, textOf(asked, account.name))))
    throw new BlobError('AuthenticationFailed')
  return new Set(['read', 'create', 'replace'])
}

/** https://learn.microsoft.com/rest/api/storageservices/create-service-sas, version 2020-12-06 and later. */
export function sasOf(account: Account, { permissions = 'rc', expiresAt }: SasFields = {}): string {
  const ends = new Date(expiresAt ?? account.now() + 3_600_000).toISOString().slice(0, 19)
  const query = new URLSearchParams({
    sv: '2021-12-02',
    sr: 'c',
    sp: permissions,
    se: `${ends}Z`,
    spr: 'https,http',
  })
  query.set('sig', sign(account.key, sasText(query, account)))
  return query.toString()
}

function verifySas(url: URL, account: Account): ReadonlySet<Right> {
  const query = url.searchParams
  if (!isSame(query.get('sig') ?? '', sign(account.key, sasText(query, account))))
    throw new BlobError('AuthenticationFailed')
  if (!(Date.parse(query.get('se') ?? '') > account.now())) throw new BlobError('AuthenticationFailed')
  const permissions = query.get('sp') ?? ''
  const rights: [Right, boolean][] = [
    ['read', permissions.includes('r')],
    ['create', /[cw]/.test(permissions)],
    ['replace', permissions.includes('w')],
  ]
  return new Set(rights.filter(([, has]) => has).map(([right]) => right))
}

function sasText(query: URLSearchParams, { name, container }: Account): string {
  const of = (...fields: string[]) => fields.map((field) => query.get(field) ?? '')
  return [
    ...of('sp', 'st', 'se'),
    `/blob/${name}/${container}`,
    ...of('si', 'sip', 'spr', 'sv', 'sr', 'snapshot', 'ses', 'rscc', 'rscd', 'rsce', 'rscl', 'rsct'),
  ].join('\n')
}

/** https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key */
function textOf({ method, url, headers }: Asked, account: string): string {
  const own = Object.keys(headers).filter((name) => name.startsWith('x-ms-'))
  const length = headers['content-length'] === '0' ? '' : (headers['content-length'] ?? '')
  const query = [...url.searchParams.entries()].map(([name, value]) => `\n${name}:${value}`)
  return `${method}
${headers['content-encoding'] ?? ''}
${headers['content-language'] ?? ''}
${length}
${headers['content-md5'] ?? ''}
${headers['content-type'] ?? ''}
${headers['x-ms-date'] === undefined ? (headers.date ?? '') : ''}
${headers['if-modified-since'] ?? ''}
${headers['if-match'] ?? ''}
${headers['if-none-match'] ?? ''}
${headers['if-unmodified-since'] ?? ''}
${headers.range ?? ''}
${own
  .sort()
  .map((name) => `${name}:${headers[name]}\n`)
  .join('')}/${account}${url.pathname}${query.sort().join('')}`
}

function sign(key: string, text: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64')
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
