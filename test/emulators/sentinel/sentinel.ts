/** Entra's token endpoint and Azure Monitor's Logs Ingestion API on loopback, over TLS as @azure/identity requires. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENTRA_AUTH, ENTRA_TOKEN, entraAnswer } from '../entra/entra.ts'
import { type Intake, type IntakeAnswer, type IntakeRequest, startIntake } from '../intake/intake.ts'
import { parseJson } from '../intake/json-in-pieces.ts'
import { mayHoldLonger } from '../intake/longest.ts'
import { createCertificates } from '../splunk-hec/certificates.ts'

interface Sentinel extends Intake {
  /** Options of a sink, including `tls`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly secret: string
  readonly rows: readonly Row[]
  /** The number of requests for tokens. */
  tokens(): number
  /**
   * From now on Entra answers this way, at its configuration document or its token endpoint; without an answer, as
   * usual.
   */
  failTokens(answer?: IntakeAnswer, at?: 'openid-configuration' | 'token'): void
}

type Row = Readonly<Record<string, unknown>>

const DCR = 'dcr-0123456789abcdef0123456789abcdef'
const SCOPE = 'https://monitor.azure.com/.default'
const MOST_BYTES = 1_048_576
const STREAMS = ['Custom-PulumiAudit_CL', 'Microsoft-ASimAuditEventLogs']

export async function startSentinel(): Promise<Sentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-'))
  const { ca, server } = await createCertificates()
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, ca.cert)
  const taken: IntakeRequest[] = []
  let tokenFault: IntakeAnswer | undefined
  let faultAt = 'token'
  /** Names of columns that were found valid. */
  const names = new Set<string>()
  const isIngestion = ({ path }: IntakeRequest) => path.startsWith('/dataCollectionRules/')

  function take(request: IntakeRequest): IntakeAnswer {
    const { method, path, query, headers, body, wireBytes } = request
    const [, rule, stream = ''] = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)$/.exec(path) ?? []
    if (headers.authorization !== `Bearer ${ENTRA_TOKEN}`)
      return refusal(401, 'InvalidToken', 'The token is invalid.')
    if (rule !== DCR || !STREAMS.includes(stream) || query.get('api-version') !== '2023-01-01') {
      return refusal(404, 'NotFound', `Data collection rule with immutable Id '${rule}' not found.`)
    }
    if (method !== 'POST') return refusal(405, 'MethodNotAllowed', 'Use POST.')
    if (Math.max(body.length, wireBytes) > MOST_BYTES) {
      return refusal(413, 'ContentLengthLimitExceeded', 'Maximum allowed content length: 1048576 bytes.')
    }
    const list = parseJson(body, [])
    if (!Array.isArray(list)) return refusal(400, 'InvalidPayload', 'The input is not a JSON array.')
    const isCut = mayHoldLonger(body, '"TimeGenerated":', MOST_FIELD_BYTES) ? hasLongField : () => false
    if (!list.every((row) => isRow(row, names) && !isCut(row)))
      return refusal(400, 'InvalidPayload', 'A row is not of the stream.')
    taken.push(request)
    return { status: 204, uids: list.map((row) => String(row.uid ?? row.EventOriginalUid)) }
  }

  const intake = await startIntake(
    (request) => {
      if (isIngestion(request)) return take(request)
      return (request.path.endsWith(`/${faultAt}`) ? tokenFault : undefined) ?? entraAnswer(request, SCOPE)
    },
    {
      tls: server,
      isDelivery: isIngestion,
    },
  )
  return {
    ...intake,
    secret: ENTRA_AUTH.client_secret,
    get rows() {
      return taken.flatMap(({ body }) => parseJson(body, []) as Row[])
    },
    options: {
      ...{ endpoint: intake.url, authority: intake.url, dcr_immutable_id: DCR, auth: ENTRA_AUTH },
      tls: { ca_file: caFile },
    },
    tokens: () => intake.requests.filter(({ path }) => path.endsWith('/oauth2/v2.0/token')).length,
    failTokens: (answer, at = 'token') => {
      tokenFault = answer
      faultAt = at
    },
    async stop() {
      await intake.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function json(status: number, body: object): IntakeAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function refusal(status: number, code: string, message: string): IntakeAnswer {
  return json(status, { error: { code, message } })
}

/** Column names that Azure allows. */
function isRow(row: unknown, names: Set<string>): row is Row {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false
  if (Number.isNaN(Date.parse(String((row as Row).TimeGenerated)))) return false
  for (const name of Object.keys(row)) {
    if (names.has(name)) continue
    if (!/^[A-Za-z][A-Za-z0-9_]{0,44}$/.test(name)) return false
    names.add(name)
  }
  return true
}

/** Azure would truncate it. */
function hasLongField(row: Row): boolean {
  return Object.values(row).some(
    (value) =>
      Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) > MOST_FIELD_BYTES,
  )
}

const MOST_FIELD_BYTES = 65_536
