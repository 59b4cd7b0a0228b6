/** Entra's token endpoint and the Logs Ingestion API of Azure Monitor on loopback, over TLS as @azure/identity asks. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Intake,
  type IntakeAnswer,
  type IntakeRequest,
  parseJson,
  startIntake,
} from '../intake/intake.ts'
import { createCertificates } from '../splunk-hec/certificates.ts'

export interface Sentinel extends Intake {
  /** Of the sink, `tls` included. */
  readonly options: Readonly<Record<string, unknown>>
  readonly secret: string
  readonly rows: readonly Row[]
  /** Requests for tokens. */
  tokens(): number
}

export type Row = Readonly<Record<string, unknown>>

const TENANT = '11111111-2222-3333-4444-555555555555'
const CLIENT = '66666666-7777-8888-9999-000000000000'
const SECRET = 'ent~Q8secret.of.the.app'
const TOKEN = 'eyJ0.entra-token.sig'
const DCR = 'dcr-0123456789abcdef0123456789abcdef'
const MOST_BYTES = 1_048_576
const STREAMS = ['Custom-PulumiAudit_CL', 'Microsoft-ASimAuditEventLogs']

export async function startSentinel(): Promise<Sentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-'))
  const { ca, server } = await createCertificates()
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, ca.cert)
  const rows: Row[] = []
  const isIngestion = ({ path }: IntakeRequest) => path.startsWith('/dataCollectionRules/')

  function take({ method, path, query, headers, body, wireBytes }: IntakeRequest): IntakeAnswer {
    const [, rule, stream = ''] = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)$/.exec(path) ?? []
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return refusal(401, 'InvalidToken', 'The token is invalid.')
    if (rule !== DCR || !STREAMS.includes(stream) || query.get('api-version') !== '2023-01-01') {
      return refusal(404, 'NotFound', `Data collection rule with immutable Id '${rule}' not found.`)
    }
    if (method !== 'POST') return refusal(405, 'MethodNotAllowed', 'Use POST.')
    if (Math.max(body.length, wireBytes) > MOST_BYTES) {
      return refusal(413, 'ContentLengthLimitExceeded', 'Maximum allowed content length: 1048576 bytes.')
    }
    const list = parseJson(body)
    if (!Array.isArray(list)) return refusal(400, 'InvalidPayload', 'The input is not a JSON array.')
    if (!list.every(isRow)) return refusal(400, 'InvalidPayload', 'A row is not of the stream.')
    rows.push(...list)
    return { status: 204, uids: list.map((row) => String(row.uid ?? row.EventOriginalUid)) }
  }

  const intake = await startIntake((request) => (isIngestion(request) ? take(request) : entra(request)), {
    tls: server,
    isDelivery: isIngestion,
  })
  const auth = { type: 'client_secret', tenant_id: TENANT, client_id: CLIENT, client_secret: SECRET }
  return {
    ...intake,
    secret: SECRET,
    rows,
    options: {
      ...{ endpoint: intake.url, authority: intake.url, dcr_immutable_id: DCR, auth },
      tls: { ca_file: caFile },
    },
    tokens: () => intake.requests.filter(({ path }) => path.endsWith('/oauth2/v2.0/token')).length,
    async stop() {
      await intake.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function entra({ path, headers, body }: IntakeRequest): IntakeAnswer {
  const host = `https://${headers.host}`
  const [, tenant, what] = /^\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (tenant !== TENANT) {
    return json(400, {
      error: 'invalid_request',
      error_description: `AADSTS90002: Tenant '${tenant}' not found.`,
    })
  }
  if (what === 'v2.0/.well-known/openid-configuration') {
    const base = `${host}/${TENANT}`
    return json(200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      issuer: `${base}/v2.0`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    })
  }
  if (what !== 'oauth2/v2.0/token') return { status: 404 }
  const form = new URLSearchParams(body.toString())
  const isRight =
    form.get('grant_type') === 'client_credentials' &&
    form.get('client_id') === CLIENT &&
    (form.get('scope') ?? '').split(' ').includes('https://monitor.azure.com/.default')
  if (!isRight) return json(400, { error: 'invalid_scope', error_description: 'AADSTS70011: wrong request.' })
  if (form.get('client_secret') !== SECRET) {
    const description = 'AADSTS7000215: Invalid client secret provided.'
    return json(401, { error: 'invalid_client', error_description: description, error_codes: [7000215] })
  }
  return json(200, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: TOKEN })
}

function json(status: number, body: object): IntakeAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function refusal(status: number, code: string, message: string): IntakeAnswer {
  return json(status, { error: { code, message } })
}

/** Column names as Azure allows them, and fields that it would not cut. */
function isRow(row: unknown): row is Row {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false
  return (
    !Number.isNaN(Date.parse(String((row as Row).TimeGenerated))) &&
    Object.entries(row).every(
      ([name, value]) =>
        /^[A-Za-z][A-Za-z0-9_]{0,44}$/.test(name) &&
        Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) <= 65_536,
    )
  )
}
