/**
 * Sources of Application Default Credentials: the metadata server of a machine on Google Cloud, and the Security Token
 * Service, which exchanges the identity of another cloud for a token (RFC 8693).
 * https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 * https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
import { type Answered, type Asked, type FaultyServer, startFaultyServer } from '../faulty-server.ts'
import { type GoogleTokenDesk, json } from './tokens.ts'

const FLAVOR = { 'metadata-flavor': 'Google' }

/** Its address is the value of GCE_METADATA_HOST. */
export function startMetadataServer(desk: GoogleTokenDesk): Promise<FaultyServer> {
  const VALUES: Readonly<Record<string, string>> = {
    instance: 'attributes/\nservice-accounts/',
    'project/project-id': 'acme-audit',
    'instance/service-accounts/default/email': 'auditferry@acme.iam.gserviceaccount.com',
  }
  return startFaultyServer(
    ({ method, url, headers }) => {
      const name = url.pathname.replace(/^\/computeMetadata\/v1\//, '').replace(/\/$/, '')
      if (method !== 'GET' || headers['metadata-flavor'] !== 'Google')
        return { status: 403, body: 'Missing Metadata-Flavor:Google header.' }
      if (name === 'instance/service-accounts/default/token') {
        const token = desk.grant((url.searchParams.get('scopes') ?? '').replaceAll(',', ' '))
        const answer = json(200, { access_token: token, expires_in: 3599, token_type: 'Bearer' })
        return { ...answer, headers: { ...answer.headers, ...FLAVOR } }
      }
      const value = VALUES[name]
      return value === undefined
        ? { status: 404, headers: FLAVOR, body: 'not found' }
        : { status: 200, headers: FLAVOR, body: value }
    },
    () => '',
  )
}

const AUDIENCE = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/idp'
const SUBJECT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

/** For a file of type `external_account`; `subject` is the other cloud's token, which `file` holds. */
export async function startTokenExchange(desk: GoogleTokenDesk, subject: string) {
  const server = await startFaultyServer(
    ({ body }) => exchange(body, desk, subject),
    () => '',
  )
  const credentials = (file: string) => ({
    ...{ type: 'external_account', audience: AUDIENCE, subject_token_type: SUBJECT_TYPE },
    token_url: `${server.url}/v1/token`,
    credential_source: { file },
  })
  return { ...server, credentials }
}

function exchange(body: Asked['body'], desk: GoogleTokenDesk, subject: string): Answered {
  const form = new URLSearchParams(body.toString())
  const isRight =
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
    form.get('audience') === AUDIENCE &&
    form.get('subject_token_type') === SUBJECT_TYPE
  if (!isRight) return json(400, { error: 'invalid_request', error_description: 'Invalid request.' })
  if (form.get('subject_token') !== subject)
    return json(400, { error: 'invalid_grant', error_description: 'The given credential is rejected.' })
  return json(200, {
    access_token: desk.grant(form.get('scope') ?? ''),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    ...{ token_type: 'Bearer', expires_in: 3600 },
  })
}
