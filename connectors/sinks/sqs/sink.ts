import type { SendMessageBatchCommandOutput } from '@aws-sdk/client-sqs'
import type { Sink, SinkContext } from '../../../src/connector.ts'
import { prepareRepeat } from '../../../src/lib/aws/repeat.ts'
import { isMd5Of } from '../../../src/lib/md5.ts'
import { loadPackage } from '../../../src/lib/optional-package.ts'
import { createAwsEntrySink, type Verdict } from '../../../src/lib/sinks/aws-entry-sink.ts'
import { isFifo, regionOf, type SqsConfig } from './config.ts'
import { encodeMessage, MAX_BYTES, MAX_ENTRIES, type Message, writeMessage } from './encode.ts'

/** A request holds only ten messages, so many are sent at once; for a FIFO queue requests stay in order. */
const PARALLEL = 16

export function createSink(config: SqsConfig, context: SinkContext): Sink {
  const { queue_url: QueueUrl, message_group_id } = config
  const fifo = isFifo(QueueUrl)
  const group = fifo ? (message_group_id ?? '') : undefined
  const load = () => loadPackage('@aws-sdk/client-sqs@3.1169.0', () => import('@aws-sdk/client-sqs'))
  return createAwsEntrySink(
    {
      config: { ...config, region: regionOf(config), endpoint: new URL(QueueUrl).origin },
      limits: {
        entries: MAX_ENTRIES,
        bytes: MAX_BYTES,
        bytesOfOne: MAX_BYTES,
        parallel: fifo ? 1 : PARALLEL,
      },
      rules: RULES,
      addressOption: 'queue_url',
      async connect(clientConfig, http) {
        const sdk = await load()
        const client = new sdk.SQSClient(clientConfig)
        const command = () => new sdk.SendMessageBatchCommand({ QueueUrl, Entries: [] })
        return { sdk, client, repeat: await prepareRepeat(client, command, http) }
      },
      encode: (event, batch) => encodeMessage(event, batch, group),
      opening: `{"QueueUrl":${JSON.stringify(QueueUrl)},"Entries":`,
      write: writeMessage,
      verdicts: verdictsOf,
      async probe({ sdk, client }, abortSignal) {
        const command = new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
        const { Attributes } = await client.send(command, { abortSignal })
        const arn = Attributes?.QueueArn
        return arn === undefined
          ? { ok: false, detail: 'the answer is not from SQS', cure: 'compare `queue_url` with the queue' }
          : { ok: true, detail: `queue ${arn} answers`, cure: '' }
      },
    },
    context,
  )
}

function verdictsOf(
  { Successful = [], Failed = [] }: Partial<SendMessageBatchCommandOutput>,
  entries: readonly Message[],
): (Verdict | undefined)[] {
  const verdicts = new Map<string | undefined, Verdict>()
  const sums = new Map(Successful.map(({ Id, MD5OfMessageBody }) => [Id, MD5OfMessageBody]))
  for (const { id, body } of entries) {
    if (sums.has(id) && isMd5Of(body, sums.get(id), 'hex')) verdicts.set(id, { error: '' })
  }
  for (const { Id, Code = 'unnamed error', Message, SenderFault } of Failed) {
    verdicts.set(Id, { error: Code, message: Message, isRefused: SenderFault })
  }
  return entries.map(({ id }) => verdicts.get(id))
}

/** An entry isn't at fault if something is wrong with the queue's key. Entries may have the older spelling. */
const KMS_KEY = 'correct the KMS key of the queue, or enable it'

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html */
const RULES = {
  retry: new Set([
    'InternalError',
    'InternalFailure',
    'InternalServerError',
    'KMS.ThrottlingException',
    'KmsThrottled',
    'OverLimit',
    'RequestTimeout',
    'ServiceUnavailable',
  ]),
  refuse: new Set(['BatchRequestTooLong', 'InvalidMessageContents', 'InvalidParameterValue']),
  cures: {
    AccessDenied: 'grant sqs:SendMessage on the queue (and sqs:GetQueueAttributes for check)',
    AccessDeniedException: 'grant sqs:SendMessage on the queue (and sqs:GetQueueAttributes for check)',
    InvalidAddress: 'correct `queue_url`',
    'AWS.SimpleQueueService.NonExistentQueue': 'create the queue or correct `queue_url` and `region`',
    'KMS.AccessDeniedException': 'grant kms:GenerateDataKey on the key of the queue',
    'KMS.DisabledException': KMS_KEY,
    'KMS.InvalidStateException': KMS_KEY,
    'KMS.NotFoundException': KMS_KEY,
    'KMS.OptInRequired': KMS_KEY,
    InvalidSecurity: 'reach the queue by https',
    KmsInvalidKeyUsage: KMS_KEY,
    KmsInvalidState: KMS_KEY,
    KmsNotFound: KMS_KEY,
    KmsOptInRequired: KMS_KEY,
    MissingParameter: 'let `queue_url` end in .fifo if the queue is one',
    QueueDeletedRecently: 'wait a minute after the queue was deleted before it is made again',
    QueueDoesNotExist: 'create the queue or correct `queue_url` and `region`',
    UnsupportedOperation: 'let `queue_url` name a FIFO queue by .fifo, and no other queue so',
  },
}
