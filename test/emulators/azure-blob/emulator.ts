/** Azure Blob Storage on loopback, as far as a sink needs its REST API: one container, real signatures, preconditions. */
import { hash } from 'node:crypto'
import { type Answered, type Asked, type FaultyServer, startFaultyServer } from '../faulty-server.ts'
import { type Account, authenticate, type Right, type SasFields, sasOf } from './access.ts'
import { BlobError, errorOf } from './errors.ts'

export interface BlobEmulator extends FaultyServer {
  readonly account: Account
  /** By name. */
  readonly objects: Map<string, StoredBlob>
  /** Permissions that are denied to everybody. */
  readonly denied: Set<Right>
  /** The container has an immutability policy. */
  immutable: boolean
  sas(fields?: SasFields): string
}

interface StoredBlob {
  readonly key: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

const MOST_BYTES = 5_000 * 2 ** 20

/** `pathStyle`: the account is the first part of the path, as with private gateways and Azurite. */
export async function startBlobEmulator({ now = Date.now, pathStyle = false } = {}): Promise<BlobEmulator> {
  const key = Buffer.from('emulated account key of 64 bytes, which no account of Azure has!').toString(
    'base64',
  )
  const account: Account = { name: 'acmeaudit', key, container: 'pulumi-audit', now }
  const objects: BlobEmulator['objects'] = new Map()
  const denied = new Set<Right>()
  const switches = { immutable: false }

  function answer(asked: Asked): Answered {
    const { method, url, headers } = asked
    if (!/^20\d\d-\d\d-\d\d$/.test(String(headers['x-ms-version'])))
      throw new BlobError('MissingRequiredHeader')
    const rights = authenticate(asked, account)
    const path = pathStyle ? url.pathname.replace(`/${account.name}/`, '/') : url.pathname
    const [, container, name = ''] = /^\/([^/]*)\/(.*)$/.exec(path) ?? []
    if (container !== account.container) throw new BlobError('ContainerNotFound')
    const need = (right: Right) => {
      if (denied.has(right) || !rights.has(right)) throw new BlobError('AuthorizationPermissionMismatch')
    }
    const blob = decodeURIComponent(name)
    if (blob === '' || blob.length > 1024) throw new BlobError('InvalidUri')
    need(method === 'HEAD' ? 'read' : 'create')
    if (method === 'HEAD') return properties(blob)
    if (method !== 'PUT') throw new BlobError('UnsupportedHttpVerb')
    // Azure checks the permission to replace before the conditions.
    if (objects.has(blob)) need('replace')
    return put(blob, asked)
  }

  function properties(name: string): Answered {
    const blob = objects.get(name)
    if (blob === undefined) throw new BlobError('BlobNotFound')
    const { 'content-type': type = '' } = blob.headers
    return {
      status: 200,
      headers: { ...vouch(blob.body), 'content-type': type, 'x-ms-blob-type': 'BlockBlob' },
      body: '',
    }
  }

  function put(key: string, { headers, body }: Asked): Answered {
    checkBody(headers, body)
    const old = objects.get(key)
    const match = headers['if-match']
    if (match !== undefined && (old === undefined || (match !== '*' && match !== etagOf(old.body))))
      throw new BlobError('ConditionNotMet')
    if (old !== undefined && switches.immutable) throw new BlobError('BlobImmutableDueToPolicy')
    if (old !== undefined && headers['if-none-match'] === '*') throw new BlobError('BlobAlreadyExists')
    objects.set(key, { key, body: Buffer.from(body), headers: headers as StoredBlob['headers'] })
    return { status: 201, headers: vouch(body), body: '' }
  }

  const server = await startFaultyServer(
    (asked) => {
      try {
        return answer(asked)
      } catch (error) {
        if (error instanceof BlobError) return errorOf(error.code)
        throw error
      }
    },
    (status) => `<?xml version="1.0"?><Error><Code>Refused${status}</Code><Message>refused</Message></Error>`,
  )
  return Object.assign(switches, {
    ...{ ...server, account, objects, denied },
    url: pathStyle ? `${server.url}/${account.name}` : server.url,
    sas: (fields?: SasFields) => sasOf(account, fields),
  })
}

function checkBody(headers: Asked['headers'], body: Buffer): void {
  if (headers['content-length'] === undefined) throw new BlobError('MissingRequiredHeader')
  if (headers['x-ms-blob-type'] !== 'BlockBlob') throw new BlobError('InvalidHeaderValue')
  if (body.length > MOST_BYTES) throw new BlobError('RequestBodyTooLarge')
  const md5 = headers['content-md5']
  if (md5 !== undefined && Buffer.from(String(md5), 'base64').length !== 16) throw new BlobError('InvalidMd5')
  if (md5 !== undefined && md5 !== hash('md5', body, 'base64')) throw new BlobError('Md5Mismatch')
}

function vouch(body: Buffer): Record<string, string> {
  return { etag: etagOf(body), 'content-md5': hash('md5', body, 'base64') }
}

function etagOf(body: Buffer): string {
  return `"0x${hash('md5', body).slice(0, 15).toUpperCase()}"`
}
