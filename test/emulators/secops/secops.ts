/**
 * Google SecOps on loopback: imports of the Chronicle API and batches of the Ingestion API v2, for one instance, with
 * real tokens. Bodies are read as strictly as protobuf's JSON is, and a batch that comes again is kept once.
 */
import { createHash } from 'node:crypto'
import { createGoogleTokenDesk, type GoogleTokenDesk, googleError, json } from '../google/tokens.ts'
import { type Intake, type IntakeAnswer, type IntakeRequest, startIntake } from '../intake/intake.ts'
import { type Entry, entriesOf } from './bodies.ts'
import { routeOf, SCOPES } from './routes.ts'

export interface Secops extends Intake {
  /** Options of a sink for UDM events. */
  readonly options: Readonly<Record<string, unknown>>
  /** The key of a service account, JSON text. */
  readonly secret: string
  readonly entries: readonly Entry[]
  readonly desk: GoogleTokenDesk
  /** Permissions that the account lacks. */
  readonly denied: Set<string>
}

const CUSTOMER = '11111111-2222-3333-4444-555555555555'
const [PROJECT, REGION] = ['acme-secops', 'eu']
const INSTANCE = `projects/${PROJECT}/locations/${REGION}/instances/${CUSTOMER}`
const LOG_TYPES = ['OKTA', 'PULUMI_AUDIT_CUSTOM']
const MOST_BYTES = 1_000_000
const MOST_ENTRIES = 1_000

export async function startSecops(): Promise<Secops> {
  const taken: (() => readonly Entry[] | string)[] = []
  const batches = new Set<string>()
  const denied = new Set<string>()
  const refused = new Map<string, number>()
  const desk = createGoogleTokenDesk()

  function take(request: IntakeRequest): IntakeAnswer {
    const route = routeOf(request, INSTANCE)
    const refusal = desk.refuse(askedOf(request), SCOPES[route?.api ?? 'chronicle'])
    if (refusal !== undefined) return refusal
    if (route === undefined) return googleError(404, 'Requested entity was not found.', 'NOT_FOUND')
    if (denied.has(route.right)) {
      return googleError(403, `Permission '${route.right}' denied on '${INSTANCE}'`, 'PERMISSION_DENIED')
    }
    const { kind, logType } = route
    if (kind === 'logTypes') return json(200, { log_types: LOG_TYPES.map((log_type) => ({ log_type })) })
    const isKnown = logType === undefined || LOG_TYPES.includes(logType)
    if (kind === 'logType') {
      return isKnown ? json(200, { name: logType }) : googleError(404, `${logType} not found`, 'NOT_FOUND')
    }
    return isKnown ? keep(request, kind) : invalid(`invalid log type: ${logType}`)
  }

  function keep(request: IntakeRequest, kind: 'udm' | 'raw'): IntakeAnswer {
    const { path, headers, body } = request
    if (headers['content-type'] !== 'application/json') return invalid('Unsupported content type.')
    if (body.length > MOST_BYTES)
      return invalid(`Request payload size exceeds the limit: ${MOST_BYTES} bytes.`)
    const rules = { kind, isV2: path.startsWith('/v2/'), INSTANCE, CUSTOMER }
    const read = entriesOf(body, rules)
    if (typeof read === 'string') return invalid(read)
    if (read.length === 0 || read.length > MOST_ENTRIES) return invalid('The number of entries is invalid.')
    const strange = read.find(({ logType }) => logType !== undefined && !LOG_TYPES.includes(logType))
    if (strange !== undefined) return invalid(`invalid log type: ${strange.logType}`)
    const status =
      refused.size === 0 ? undefined : refused.get(read.find(({ uid }) => refused.has(uid))?.uid ?? '')
    if (status !== undefined) return googleError(status, 'invalid event', 'INVALID_ARGUMENT')
    // "If the batch ID of those logs is a duplicate of an existing batch ID, then the new batch is not forwarded."
    const id = createHash('sha256').update(path).update(body).digest('hex')
    if (batches.has(id)) return json(200, {})
    batches.add(id)
    taken.push(() => entriesOf(request.body, rules))
    return { ...json(200, {}), uids: read.map(({ uid }) => uid) }
  }

  const intake = await startIntake(
    (request) =>
      request.path === '/token' ? desk.issue(askedOf(request), `${intake.url}/token`) : take(request),
    { isDelivery: ({ method, path }) => method === 'POST' && path !== '/token' },
  )
  const secret = desk.credentials(`${intake.url}/token`)
  const options = {
    ...{ customer_id: CUSTOMER, project: PROJECT, region: REGION },
    ...{ endpoint: intake.url, credentials: secret },
  }
  const refuse = (uid: string, status: number) => void refused.set(uid, status)
  return {
    ...{ ...intake, options, secret, desk, denied, refuse },
    get entries() {
      return taken.flatMap((read) => read() as readonly Entry[])
    },
  }
}

function askedOf({ method, path, headers, body }: IntakeRequest) {
  return { method, url: new URL(path, 'http://emulator'), headers, body }
}

function invalid(message: string): IntakeAnswer {
  return googleError(400, message, 'INVALID_ARGUMENT')
}
