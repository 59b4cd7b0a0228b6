/**
 * Amazon SQS on loopback: one queue, standard or FIFO. Limits and per-message errors as documented:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
import { hash } from 'node:crypto'
import { type AwsJsonEmulator, startAwsJsonEmulator } from '../aws-json/emulator.ts'
import { AwsJsonError } from '../aws-json/errors.ts'

interface QueueMessage {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  readonly group: string | undefined
  readonly deduplication: string | undefined
}

export interface SqsEmulator extends AwsJsonEmulator {
  readonly queueUrl: string
  /** Empty where uids alone are kept. */
  readonly messages: readonly QueueMessage[]
  /** Of its attribute `event_uid`; in order of arrival. */
  readonly uids: readonly string[]
  /** Entries that fail, by uid. */
  readonly refused: Map<string, { readonly Code: string; readonly SenderFault: boolean }>
  /** Actions that the key may not ask for. */
  readonly denied: Set<string>
}

interface Entry {
  readonly Id: string
  readonly MessageBody: string
  readonly MessageAttributes?: Readonly<Record<string, { DataType: string; StringValue: string }>>
  readonly MessageGroupId?: string
  readonly MessageDeduplicationId?: string
}

const MAX_BYTES = 1_048_576

/** `onlyUids`: reads all, and keeps of each message its uid alone: memory for the others costs more than to read them. */
export async function startSqsEmulator({
  fifo = false,
  now = Date.now,
  onlyUids = false,
} = {}): Promise<SqsEmulator> {
  const messages: QueueMessage[] = []
  const uids: string[] = []
  const seen = new Set<string>()
  const refused: SqsEmulator['refused'] = new Map()
  const denied = new Set<string>()
  const path = `/111122223333/audit${fifo ? '.fifo' : ''}`

  const take = (entry: Entry) => {
    const { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: deduplication } = entry
    const uid = entry.MessageAttributes?.event_uid?.StringValue ?? ''
    const failure = refused.get(uid) ?? faultOf(entry, fifo)
    if (failure !== undefined) return { failed: { Id: entry.Id, Message: 'refused', ...failure } }
    if (deduplication === undefined || !seen.has(deduplication)) {
      uids.push(uid)
      if (!onlyUids) messages.push({ body, attributes: attributesOf(entry), group, deduplication })
    }
    if (deduplication !== undefined) seen.add(deduplication)
    return {
      successful: { Id: entry.Id, MessageId: `m-${uids.length}`, MD5OfMessageBody: hash('md5', body) },
    }
  }

  const emulator = await startAwsJsonEmulator(
    {
      service: 'sqs',
      target: 'AmazonSQS',
      version: '1.0',
      list: ['Entries'],
      operate(action, { QueueUrl, Entries = [] }) {
        if (denied.has(action)) throw new AwsJsonError('AccessDeniedException', 'not authorized', 403)
        if (URL.parse(String(QueueUrl))?.pathname !== path) {
          throw new AwsJsonError('QueueDoesNotExist', 'The specified queue does not exist.')
        }
        if (action === 'GetQueueAttributes') {
          return { Attributes: { QueueArn: `arn:aws:sqs:eu-west-1:111122223333:${path.slice(14)}` } }
        }
        if (action !== 'SendMessageBatch') throw new AwsJsonError('UnknownOperationException')
        const entries = Entries as readonly Entry[]
        checkRequest(entries)
        const taken = entries.map(take)
        return {
          Successful: taken.flatMap(({ successful }) => successful ?? []),
          Failed: taken.flatMap(({ failed }) => failed ?? []),
        }
      },
    },
    now,
  )
  return { ...emulator, queueUrl: emulator.url + path, messages, uids, refused, denied }
}

function attributesOf({ MessageAttributes = {} }: Entry): Record<string, string> {
  const attributes = Object.entries(MessageAttributes)
  return Object.fromEntries(attributes.map(([name, { StringValue }]) => [name, StringValue]))
}

function checkRequest(entries: readonly Entry[]): void {
  if (entries.length === 0) throw new AwsJsonError('EmptyBatchRequest')
  if (entries.length > 10) throw new AwsJsonError('TooManyEntriesInBatchRequest')
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new AwsJsonError('BatchEntryIdsNotDistinct')
  if (!entries.every(({ Id }) => /^[\w-]{1,80}$/.test(Id))) throw new AwsJsonError('InvalidBatchEntryId')
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
  if (bytes > MAX_BYTES) throw new AwsJsonError('BatchRequestTooLong')
}

function bytesOf({ MessageBody, MessageAttributes = {} }: Entry): number {
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType, StringValue }]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue),
    Buffer.byteLength(MessageBody),
  )
}

/** Of one entry; the rest of the batch is taken. */
function faultOf(entry: Entry, fifo: boolean): { Code: string; SenderFault: boolean } | undefined {
  const { MessageBody, MessageGroupId, MessageDeduplicationId } = entry
  if (MessageBody === '' || NO_CHARACTER.test(MessageBody) || !MessageBody.isWellFormed()) {
    return { Code: 'InvalidMessageContents', SenderFault: true }
  }
  if (fifo && MessageGroupId === undefined) return { Code: 'MissingParameter', SenderFault: true }
  const ids = [MessageGroupId, MessageDeduplicationId].filter((id) => id !== undefined)
  if (!ids.every((id) => /^[!-~]{1,128}$/.test(id)))
    return { Code: 'InvalidParameterValue', SenderFault: true }
  if (!fifo && MessageDeduplicationId !== undefined)
    return { Code: 'InvalidParameterValue', SenderFault: true }
  return undefined
}

/** What a queue takes are the characters of XML 1.0: but for these, all in which no pair is halved. */
const NO_CHARACTER = /[^\t\n\r\x20-\ufffd]/
