/**
 * Amazon Kinesis Data Streams on loopback: one stream. Limits and per-record errors as documented:
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 */
import { type AwsJsonEmulator, startAwsJsonEmulator } from '../aws-json/emulator.ts'
import { AwsJsonError } from '../aws-json/errors.ts'
import { createBase64Reader } from '../base64.ts'
import { parseJson } from '../intake/json-in-pieces.ts'

interface StreamRecord {
  readonly data: string
  readonly partitionKey: string
  /** Of a native event; empty for others. */
  readonly uid: string
}

export interface KinesisEmulator extends AwsJsonEmulator {
  readonly stream: string
  /** Empty if only uids are kept. */
  readonly records: readonly StreamRecord[]
  /** In order of arrival. */
  readonly uids: readonly string[]
  /** Codes of records that fail, by uid. */
  readonly refused: Map<string, string>
  /** Actions that are denied to the key. */
  readonly denied: Set<string>
}

const MAX_RECORD = 2 ** 20
const MAX_REQUEST = 5 * 2 ** 20

/** `onlyUids`: reads everything but keeps only each record's uid: keeping the rest costs more than reading it. */
export async function startKinesisEmulator({
  now = Date.now,
  status = 'ACTIVE',
  onlyUids = false,
} = {}): Promise<KinesisEmulator> {
  const stream = 'pulumi-audit'
  const records: StreamRecord[] = []
  const uids: string[] = []
  const read = createBase64Reader()
  const refused: KinesisEmulator['refused'] = new Map()
  const denied = new Set<string>()

  const put = (record: StreamRecord) => {
    const ErrorCode = refused.size === 0 ? undefined : refused.get(record.uid)
    if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: 'refused' }
    uids.push(record.uid)
    if (!onlyUids) records.push(record)
    return { SequenceNumber: `${uids.length}`, ShardId: 'shardId-000000000000' }
  }

  const emulator = await startAwsJsonEmulator(
    {
      service: 'kinesis',
      target: 'Kinesis_20131202',
      version: '1.1',
      parse: (body) => parseJson(body, ['Records']) as Readonly<Record<string, unknown>> | undefined,
      operate(action, { StreamName, Records }) {
        if (denied.has(action)) throw new AwsJsonError('AccessDeniedException', 'not authorized')
        if (StreamName !== stream) throw new AwsJsonError('ResourceNotFoundException', 'Stream not found')
        if (action === 'DescribeStreamSummary') {
          return { StreamDescriptionSummary: { StreamName, StreamStatus: status, OpenShardCount: 1 } }
        }
        if (action !== 'PutRecords') throw new AwsJsonError('UnknownOperationException')
        const answers = readRecords(Records, read).map(put)
        return {
          FailedRecordCount: answers.filter((it) => 'ErrorCode' in it).length,
          Records: answers,
        }
      },
    },
    now,
  )
  return { ...emulator, stream, records, uids, refused, denied }
}

/** Refuses the request as a whole. */
function readRecords(given: unknown, read: (base64: string) => Buffer | undefined): StreamRecord[] {
  const list = Array.isArray(given) ? given : []
  if (list.length < 1 || list.length > 500) throw new AwsJsonError('ValidationException', 'count of records')
  let total = 0
  return list.map(({ Data, PartitionKey }: { Data: string; PartitionKey: string }) => {
    const bytes = read(Data)
    if (bytes === undefined) throw new AwsJsonError('SerializationException')
    if (PartitionKey.length < 1 || PartitionKey.length > 256) throw new AwsJsonError('ValidationException')
    const size = bytes.length + Buffer.byteLength(PartitionKey)
    total += size
    if (size > MAX_RECORD || total > MAX_REQUEST)
      throw new AwsJsonError('InvalidArgumentException', 'too large')
    return {
      partitionKey: PartitionKey,
      uid: uidOf(bytes),
      get data() {
        return Buffer.from(Data, 'base64').toString()
      },
    }
  })
}

function uidOf(record: Buffer): string {
  const head = record.toString('latin1', 0, UID_END)
  return /^\{"uid":"([^"]+)"/.exec(head)?.[1] ?? ''
}

/** A uid has 64 characters. */
const UID_END = 100
