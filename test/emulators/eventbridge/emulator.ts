/**
 * Amazon EventBridge on loopback: one bus. Limits and per-entry errors as documented:
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { type AwsJsonEmulator, startAwsJsonEmulator } from '../aws-json/emulator.ts'
import { AwsJsonError } from '../aws-json/errors.ts'
import { parseJson } from '../intake/json-in-pieces.ts'
import { createPlainReader } from '../intake/plain-object.ts'

interface BusEvent {
  readonly source: string
  readonly detailType: string
  /** Unix seconds. */
  readonly time: number
  readonly detail: Readonly<Record<string, unknown>>
}

export interface EventBridgeEmulator extends AwsJsonEmulator {
  readonly bus: string
  /** Empty if only uids are kept. */
  readonly events: readonly BusEvent[]
  /** In order of arrival. */
  readonly uids: readonly string[]
  /** Codes of entries that fail, by uid. */
  readonly refused: Map<string, string>
  /** Actions that are denied to the key. */
  readonly denied: Set<string>
}

interface Entry {
  readonly Source: string
  readonly DetailType: string
  readonly EventBusName: string
  readonly Time: number
  readonly Detail: string
}

/** `onlyUids`: reads everything but keeps only each event's uid: keeping the rest costs more than reading it. */
export async function startEventBridgeEmulator({
  now = Date.now,
  onlyUids = false,
} = {}): Promise<EventBridgeEmulator> {
  const bus = 'security'
  const events: BusEvent[] = []
  const uids: string[] = []
  const refused: EventBridgeEmulator['refused'] = new Map()
  const denied = new Set<string>()

  const put = (entry: Entry) => {
    const plainUid = onlyUids ? uidOfPlain(entry.Detail) : undefined
    const detail = plainUid === undefined ? objectOf(entry.Detail) : { uid: plainUid }
    if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
    if (entry.Source.startsWith('aws.')) return { ErrorCode: 'NotAuthorizedForSourceException' }
    const uid = String(detail.uid)
    const ErrorCode = refused.get(uid)
    if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: 'refused' }
    uids.push(uid)
    if (!onlyUids)
      events.push({ source: entry.Source, detailType: entry.DetailType, time: entry.Time, detail })
    return { EventId: `e-${uids.length}` }
  }

  const emulator = await startAwsJsonEmulator(
    {
      service: 'events',
      target: 'AWSEvents',
      version: '1.1',
      parse: (body) => parseJson(body, ['Entries']) as Readonly<Record<string, unknown>> | undefined,
      operate(action, { Name, Entries }) {
        if (denied.has(action)) throw new AwsJsonError('AccessDeniedException', 'not authorized')
        if (action === 'DescribeEventBus') {
          if (Name !== bus) throw new AwsJsonError('ResourceNotFoundException', 'Event bus does not exist.')
          return { Name, Arn: `arn:aws:events:eu-west-1:111122223333:event-bus/${bus}` }
        }
        if (action !== 'PutEvents') throw new AwsJsonError('UnknownOperationException')
        const entries = (Array.isArray(Entries) ? Entries : []) as readonly Entry[]
        if (entries.length < 1 || entries.length > 10) throw new AwsJsonError('ValidationException')
        if (entries.some((it) => it.EventBusName !== bus))
          throw new AwsJsonError('ResourceNotFoundException', 'Event bus does not exist.')
        if (entries.reduce((sum, it) => sum + bytesOf(it), 0) > 2 ** 20)
          throw new AwsJsonError(
            'ValidationException',
            'Total size of the entries in the request is over the limit.',
          )
        const answers = entries.map(put)
        return { FailedEntryCount: answers.filter((it) => 'ErrorCode' in it).length, Entries: answers }
      },
    },
    now,
  )
  return { ...emulator, bus, events, uids, refused, denied }
}

/** Events in native format. */
const uidOfPlain = createPlainReader('uid')

function bytesOf({ Source, DetailType, Detail }: Entry): number {
  return 14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail)
}

function objectOf(text: string): BusEvent['detail'] | undefined {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
