/**
 * Amazon SQS on loopback: one queue, standard or FIFO. Limits and per-message errors as documented:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
import { hash } from 'node:crypto'
import { type AwsJsonEmulator, startAwsJsonEmulator } from '../aws-json/emulator.ts'
import { AwsJsonError } from '../aws-json/errors.ts'
import { type Input, inputOf, textOf } from './input.ts'

interface QueueMessage {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  readonly group: string | undefined
  readonly deduplication: string | undefined
}

export interface SqsEmulator extends AwsJsonEmulator {
  readonly queueUrl: string
  /** Empty if only uids are kept. */
  readonly messages: readonly QueueMessage[]
  /** From the attribute `event_uid`; in order of arrival. */
  readonly uids: readonly string[]
  /** Entries that fail, by uid. */
  readonly refused: Map<string, { readonly Code: string; readonly SenderFault: boolean }>
  /** Actions that are denied to the key. */
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

/** `onlyUids`: reads everything but keeps only each message's uid: keeping the rest costs more than reading it. */
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

  const take = (entry: Entry, encoding: Encoding) => {
    const { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: deduplication } = entry
    const uid = textOf(entry.MessageAttributes?.event_uid?.StringValue ?? '', encoding)
    const failure = refused.get(uid) ?? faultOf(entry, encoding, fifo)
    if (failure !== undefined) return { failed: { Id: entry.Id, Message: 'refused', ...failure } }
    if (deduplication === undefined || !seen.has(deduplication)) {
      uids.push(uid)
      if (!onlyUids) {
        const attributes = attributesOf(entry, encoding)
        messages.push({ body: textOf(body, encoding), attributes, group, deduplication })
      }
    }
    if (deduplication !== undefined) seen.add(deduplication)
    const MD5OfMessageBody = hash('md5', Buffer.from(body, encoding))
    return { successful: { Id: entry.Id, MessageId: `m-${uids.length}`, MD5OfMessageBody } }
  }

  const emulator = await startAwsJsonEmulator(
    {
      service: 'sqs',
      target: 'AmazonSQS',
      version: '1.0',
      parse: inputOf,
      operate(action, { members: { QueueUrl, Entries = [] }, encoding }) {
        if (denied.has(action)) throw new AwsJsonError('AccessDeniedException', 'not authorized', 403)
        if (URL.parse(String(QueueUrl))?.pathname !== path) {
          throw new AwsJsonError('QueueDoesNotExist', 'The specified queue does not exist.')
        }
        if (action === 'GetQueueAttributes') {
          return { Attributes: { QueueArn: `arn:aws:sqs:eu-west-1:111122223333:${path.slice(14)}` } }
        }
        if (action !== 'SendMessageBatch') throw new AwsJsonError('UnknownOperationException')
        const entries = Entries as readonly Entry[]
        checkRequest(entries, encoding)
        const taken = entries.map((it) => take(it, encoding))
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

type Encoding = Input['encoding']

function attributesOf({ MessageAttributes = {} }: Entry, encoding: Encoding): Record<string, string> {
  const attributes = Object.entries(MessageAttributes)
  return Object.fromEntries(
    attributes.map(([name, { StringValue }]) => [name, textOf(StringValue, encoding)]),
  )
}

function checkRequest(entries: readonly Entry[], encoding: Encoding): void {
  if (entries.length === 0) throw new AwsJsonError('EmptyBatchRequest')
  if (entries.length > 10) throw new AwsJsonError('TooManyEntriesInBatchRequest')
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new AwsJsonError('BatchEntryIdsNotDistinct')
  if (!entries.every(({ Id }) => /^[\w-]{1,80}$/.test(Id))) throw new AwsJsonError('InvalidBatchEntryId')
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry, encoding), 0)
  if (bytes > MAX_BYTES) throw new AwsJsonError('BatchRequestTooLong')
}

function bytesOf({ MessageBody, MessageAttributes = {} }: Entry, encoding: Encoding): number {
  const length = (text: string) => Buffer.byteLength(text, encoding)
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType, StringValue }]) => sum + length(name) + length(DataType) + length(StringValue),
    length(MessageBody),
  )
}

/** The error of one entry; the rest of the batch is accepted. */
function faultOf(
  entry: Entry,
  encoding: Encoding,
  fifo: boolean,
): { Code: string; SenderFault: boolean } | undefined {
  const { MessageBody, MessageGroupId, MessageDeduplicationId } = entry
  if (MessageBody === '' || NO_CHARACTER[encoding].test(MessageBody) || !MessageBody.isWellFormed()) {
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

/** A queue accepts the characters of XML 1.0: all but these, and no half of a surrogate pair. */
const NO_CHARACTER = { utf8: /[^\t\n\r\x20-\ufffd]/, latin1: /[^\t\n\r\x20-\xff]|\xef\xbf[\xbe\xbf]/ }
