import type { PutEventsCommandOutput } from '@aws-sdk/client-eventbridge'
import type { Sink, SinkContext } from '../../../src/connector.ts'
import { verdictsByPlace } from '../../../src/lib/aws/listed.ts'
import { prepareRepeat } from '../../../src/lib/aws/repeat.ts'
import { loadPackage } from '../../../src/lib/optional-package.ts'
import { createAwsEntrySink } from '../../../src/lib/sinks/aws-entry-sink.ts'
import type { EventBridgeConfig } from './config.ts'
import { encodeEntry, entryWriter, LIMITS } from './encode.ts'

/** A request holds only ten events, so many are sent at once. */
const PARALLEL = 16

export function createSink(config: EventBridgeConfig, context: SinkContext): Sink {
  const load = () =>
    loadPackage('@aws-sdk/client-eventbridge@3.1169.0', () => import('@aws-sdk/client-eventbridge'))
  return createAwsEntrySink(
    {
      config,
      limits: { ...LIMITS, parallel: PARALLEL },
      rules: RULES,
      addressOption: config.endpoint === undefined ? 'region' : 'endpoint',
      async connect(clientConfig, http) {
        const sdk = await load()
        const client = new sdk.EventBridgeClient(clientConfig)
        const command = () => new sdk.PutEventsCommand({ Entries: [] })
        return { sdk, client, repeat: await prepareRepeat(client, command, http) }
      },
      encode: (event) => encodeEntry(event, config),
      opening: '{"Entries":',
      write: entryWriter(config),
      verdicts({ Entries = [], FailedEntryCount }: Partial<PutEventsCommandOutput>, entries) {
        const listed = Entries.map(({ ErrorCode, ErrorMessage, EventId }) => ({
          ...{ error: ErrorCode, message: ErrorMessage, proof: EventId },
        }))
        return verdictsByPlace(listed, FailedEntryCount, entries.length)
      },
      async probe({ sdk, client }, abortSignal) {
        const command = new sdk.DescribeEventBusCommand({ Name: config.event_bus })
        const { Arn } = await client.send(command, { abortSignal })
        return Arn === undefined
          ? {
              ok: false,
              detail: 'the answer is not from EventBridge',
              cure: 'compare `endpoint` and `proxy`',
            }
          : { ok: true, detail: `event bus ${Arn} answers`, cure: '' }
      },
    },
    context,
  )
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const RULES = {
  retry: new Set(['InternalException', 'InternalFailure', 'RequestTimeout', 'ServiceUnavailable']),
  refuse: new Set([
    'InvalidArgument',
    'MalformedDetail',
    // A retry doesn't help, and no setting mends it: one event must not hold up the rest.
    'RedactionFailure',
    'SerializationException',
    'ValidationException',
  ]),
  cures: {
    AccessDeniedException: 'grant events:PutEvents on the bus (and events:DescribeEventBus for check)',
    InvalidAccountIdException: 'correct the account in `event_bus`',
    NotAuthorizedForDetailTypeException: 'let the policy of the bus allow `detail_type`',
    NotAuthorizedForSourceException: 'let the policy of the bus allow `source`',
    OperationDisabledException: 'enable the event bus',
    ResourceNotFoundException: 'create the bus or correct `event_bus` and `region`',
  },
}
