import type { PutRecordsCommandOutput } from '@aws-sdk/client-kinesis'
import type { Sink, SinkContext } from '../../../src/connector.ts'
import { verdictsByPlace } from '../../../src/lib/aws/listed.ts'
import { prepareRepeat } from '../../../src/lib/aws/repeat.ts'
import { loadPackage } from '../../../src/lib/optional-package.ts'
import { createAwsEntrySink } from '../../../src/lib/sinks/aws-entry-sink.ts'
import type { Config } from './config.ts'
import { encodeRecord, LIMITS, writeRecord } from './encode.ts'

export function createSink(config: Config, context: SinkContext): Sink {
  const { stream: StreamName } = config
  const load = () => loadPackage('@aws-sdk/client-kinesis@3.1143.0', () => import('@aws-sdk/client-kinesis'))
  return createAwsEntrySink(
    {
      config,
      limits: { ...LIMITS, parallel: 4 },
      rules: RULES,
      addressOption: config.endpoint === undefined ? 'region' : 'endpoint',
      async connect(clientConfig, http) {
        const sdk = await load()
        const client = new sdk.KinesisClient(clientConfig)
        const command = () => new sdk.PutRecordsCommand({ StreamName, Records: [] })
        return { sdk, client, repeat: await prepareRepeat(client, command, http) }
      },
      encode: (event) => encodeRecord(event, config.partition_key),
      opening: `{"StreamName":${JSON.stringify(StreamName)},"Records":`,
      write: writeRecord,
      verdicts({ Records = [], FailedRecordCount }: Partial<PutRecordsCommandOutput>, entries) {
        const listed = Records.map(({ ErrorCode, ErrorMessage, SequenceNumber }) => ({
          ...{ error: ErrorCode, message: ErrorMessage, proof: SequenceNumber },
        }))
        return verdictsByPlace(listed, FailedRecordCount, entries.length)
      },
      async probe({ sdk, client }, abortSignal) {
        const command = new sdk.DescribeStreamSummaryCommand({ StreamName })
        const { StreamDescriptionSummary: it } = await client.send(command, { abortSignal })
        const status = it?.StreamStatus
        if (status === 'ACTIVE' || status === 'UPDATING') {
          return { ok: true, detail: `stream ${StreamName}, ${it?.OpenShardCount} shards, answers`, cure: '' }
        }
        const detail = `stream ${StreamName} is ${status ?? 'not described'}`
        return { ok: false, detail, cure: 'wait until the stream is active' }
      },
    },
    context,
  )
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html#API_PutRecords_Errors */
const RULES = {
  retry: new Set([
    'InternalFailure',
    'InternalFailureException',
    'KMSThrottlingException',
    'RequestTimeout',
    'ServiceUnavailable',
  ]),
  refuse: new Set(['InvalidArgumentException', 'ValidationException', 'SerializationException']),
  cures: {
    AccessDeniedException:
      'grant kinesis:PutRecords on the stream (and kinesis:DescribeStreamSummary for check)',
    KMSInvalidStateException: 'enable the KMS key of the stream',
    KMSNotFoundException: 'give the stream a KMS key that exists',
    KMSOptInRequired: 'opt in to KMS for this account',
    ResourceNotFoundException: 'create the stream or correct `stream` and `region`',
    ResourceInUseException: 'wait until the stream is active',
  },
}
