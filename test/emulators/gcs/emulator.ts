/** Google Cloud Storage on loopback, as far as a sink needs its JSON API: one bucket, real tokens, preconditions. */
import { hash } from 'node:crypto'
import { type Answered, type Asked, type FaultyServer, startFaultyServer } from '../faulty-server.ts'
import { createGoogleTokenDesk, type GoogleTokenDesk, googleError, json } from '../google/tokens.ts'

export interface GcsEmulator extends FaultyServer {
  readonly bucket: string
  /** The key of a service account, JSON text. */
  readonly credentials: string
  readonly objects: Map<string, { key: string; body: Buffer; headers: Record<string, string> }>
  readonly desk: GoogleTokenDesk
  /** The next objects are stored without their last byte, and their metadata matches that. */
  damage(times: number): void
  /** Permissions that the account lacks. */
  readonly denied: Set<string>
}

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write'
const CREATE = 'storage.objects.create'

export async function startGcsEmulator({ now = Date.now } = {}): Promise<GcsEmulator> {
  const bucket = 'acme-audit'
  const objects: GcsEmulator['objects'] = new Map()
  const denied = new Set<string>()
  let damages = 0
  const desk = createGoogleTokenDesk(now)

  const insert = ({ url, headers, body }: Asked): Answered => {
    const key = url.searchParams.get('name') ?? ''
    const type = headers['content-type'] ?? ''
    if (url.searchParams.get('uploadType') !== 'media' || key === '' || Buffer.byteLength(key) > 1024)
      return googleError(400, 'Required parameter: name', 'INVALID_ARGUMENT')
    if (denied.has(CREATE))
      return googleError(403, `auditferry does not have ${CREATE} access to the Google Cloud Storage object.`)
    if (url.searchParams.get('ifGenerationMatch') === '0' && objects.has(key))
      return googleError(412, 'At least one of the pre-conditions you specified did not hold.')
    const sum = headers['x-goog-hash'] ?? ''
    if (sum !== '' && sum !== `md5=${hash('md5', body, 'base64')}`)
      return googleError(400, `Provided MD5 hash "${sum}" doesn't match calculated MD5 hash.`)
    const kept = Buffer.from(damages-- > 0 ? body.subarray(0, -1) : body)
    objects.set(key, { key, body: kept, headers: { 'content-type': type, 'x-goog-hash': sum } })
    const [size, md5Hash] = [`${kept.length}`, hash('md5', kept, 'base64')]
    const generation = '1795381200000001'
    return json(200, { kind: 'storage#object', bucket, name: key, generation, size, md5Hash })
  }

  const server = await startFaultyServer(
    (asked, base) => {
      const { method, url } = asked
      if (url.pathname === '/token') return desk.issue(asked, `${base}/token`)
      const refusal = desk.refuse(asked, SCOPE)
      if (refusal !== undefined) return refusal
      const [, upload = '', name, action] =
        /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/(o|iam\/testPermissions)$/.exec(url.pathname) ?? []
      if (name !== bucket) return googleError(404, 'The specified bucket does not exist.', 'NOT_FOUND')
      if (method === 'POST' && upload !== '' && action === 'o') return insert(asked)
      if (method === 'GET' && upload === '' && action !== 'o') {
        const permissions = url.searchParams.getAll('permissions').filter((it) => !denied.has(it))
        return json(200, {
          kind: 'storage#testIamPermissionsResponse',
          ...(permissions.length > 0 && { permissions }),
        })
      }
      return googleError(404, 'Not Found')
    },
    (status) => googleError(status, 'refused').body,
    (url) => url.pathname === '/token',
  )
  const damage = (times: number) => {
    damages = times
  }
  return {
    ...server,
    bucket,
    objects,
    denied,
    desk,
    damage,
    credentials: desk.credentials(`${server.url}/token`),
  }
}
