/** Datadog's logs intake v2 and its key validation on loopback, as strict as the API reference says. */
import { type Intake, type IntakeAnswer, type IntakeRequest, startIntake } from '../intake/intake.ts'
import { parseJson } from '../intake/json-in-pieces.ts'
import { mayHoldLonger } from '../intake/longest.ts'

export interface Datadog extends Intake {
  readonly key: string
  /** The entries that were kept, parsed. */
  readonly entries: readonly Entry[]
}

interface Entry {
  readonly ddsource: string
  readonly ddtags: string
  readonly service: string
  readonly message: string
  readonly status: string
  readonly timestamp: number
  readonly event_uid: string
  readonly [attribute: string]: unknown
}

const MOST = { entries: 1_000, bytes: 5_000_000, entryBytes: 1_000_000 }
const STATUSES = new Set(['emerg', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug', 'ok'])

export async function startDatadog(key = 'dd0123456789abcdef0123456789abcd'): Promise<Datadog> {
  const taken: IntakeRequest[] = []

  function take(request: IntakeRequest): IntakeAnswer {
    const { headers, body } = request
    const denied = refusalOf(headers['dd-api-key'], key)
    if (denied !== undefined) return denied
    if (headers['content-type'] !== 'application/json') return errors(415, 'Unsupported Media Type')
    if (body.length > MOST.bytes) return errors(413, 'Payload too large')
    const list = parseJson(body, [])
    if (!Array.isArray(list) || list.length === 0) return errors(400, 'Invalid JSON structure')
    if (list.length > MOST.entries) return errors(413, 'Too many logs in the array')
    if (!list.every(isEntry)) return errors(400, 'Invalid log entry')
    // The product would truncate it silently.
    if (mayHoldLonger(body, '"event_uid":', MOST.entryBytes) && list.some(isLong)) {
      throw new Error('an entry would be cut')
    }
    taken.push(request)
    return { status: 202, body: '{}', uids: list.map(({ event_uid }) => event_uid) }
  }

  const intake = await startIntake(
    (request) => {
      if (request.method === 'GET' && request.path === '/api/v1/validate') {
        return refusalOf(request.headers['dd-api-key'], key) ?? { status: 200, body: '{"valid":true}' }
      }
      if (request.path !== '/api/v2/logs') return errors(404, 'Not found')
      return request.method === 'POST' ? take(request) : errors(405, 'Method not allowed')
    },
    { isDelivery: ({ path }) => path !== '/api/v1/validate' },
  )
  return {
    ...intake,
    key,
    get entries() {
      return taken.flatMap(({ body }) => parseJson(body, []) as Entry[])
    },
  }
}

function refusalOf(sent: string | undefined, key: string): IntakeAnswer | undefined {
  if (sent === undefined || sent === '') return errors(401, 'Unauthorized')
  return sent === key ? undefined : errors(403, 'Forbidden')
}

function errors(status: number, detail: string): IntakeAnswer {
  const body = JSON.stringify({ errors: [{ status: String(status), title: detail, detail }] })
  return { status, headers: { 'content-type': 'application/json' }, body }
}

function isLong(entry: Entry): boolean {
  return Buffer.byteLength(JSON.stringify(entry)) > MOST.entryBytes
}

function isEntry(entry: unknown): entry is Entry {
  const it = entry as Partial<Entry>
  const texts = [it.ddsource, it.ddtags, it.service, it.message, it.event_uid]
  return (
    texts.every((text) => typeof text === 'string' && text !== '') &&
    STATUSES.has(it.status ?? '') &&
    Number.isSafeInteger(it.timestamp)
  )
}
