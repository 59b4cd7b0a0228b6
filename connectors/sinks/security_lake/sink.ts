import type { Batch, CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { areAwsCredentialsStale, awsReasonOf } from '../../../src/lib/aws-refusal.ts'
import { writeGroups } from '../../../src/lib/object-sink.ts'
import { createS3Client } from '../../../src/lib/s3-client.ts'
import { type Cures, cureOfS3Failure, outcomeOfS3Failure } from '../../../src/lib/s3-refusal.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import type { Config } from './config.ts'
import { groupsOf, keyOf, type LakeGroup, rowOf } from './encode.ts'
import { parquetOf } from './parquet.ts'

export const CONTENT_TYPE = 'application/vnd.apache.parquet'

const CURES: Cures = {
  AccessDenied:
    'grant s3:PutObject on ext/<custom source>/ of each of `custom_sources`, and s3:ListBucket for check; create the custom sources first',
  KMS: 'grant kms:GenerateDataKey on the key of the data lake',
  NoSuchBucket: 'enable Security Lake in `region`, or correct `bucket`',
}

/** One object for each class and day of a batch; an object's events share one outcome. */
export function createSink(config: Config, context: SinkContext): Sink {
  const { bucket: Bucket, custom_sources } = config
  const client = createS3Client(config, context)

  async function put(batch: Batch, group: LakeGroup, signal: AbortSignal): Promise<Outcome> {
    const { events } = group
    try {
      const rowAt = (index: number) => rowOf(events[index] as (typeof events)[number])
      const Body = await parquetOf(group.class.columns, events.length, rowAt, signal)
      const { sdk, client: s3 } = await client.load()
      const Key = keyOf(batch, group, config)
      const object = { Bucket, Key, Body, ContentType: CONTENT_TYPE, IfNoneMatch: '*' }
      const sent = s3.send(new sdk.PutObjectCommand(object), { abortSignal: signal })
      return (await abortable(sent, signal)).ETag === undefined ? notAnS3Answer : delivered
    } catch (error) {
      if (areAwsCredentialsStale(error)) client.forgetCredentials()
      return outcomeOfS3Failure(error, { ...config, conditional_writes: true }, CURES, context.now())
    }
  }

  /** With the folder of the custom source that most events go to. */
  async function check(signal: AbortSignal): Promise<CheckResult> {
    const what = `data lake ${Bucket}`
    try {
      await client.probe({ Bucket, Prefix: `ext/${custom_sources.api_activity}/` }, signal)
      return { ok: true, detail: `${what} answers`, cure: '' }
    } catch (error) {
      if (areAwsCredentialsStale(error)) client.forgetCredentials()
      const cure =
        cureOfS3Failure(error, CURES) || 'compare `bucket` and `region` with the settings of Security Lake'
      return { ok: false, detail: `${what}: ${awsReasonOf(error, config)}`, cure }
    }
  }

  return {
    write(batch, signal) {
      const held = holding(batch)
      return writeGroups(held, groupsOf(held), (group) => put(held, group, signal))
    },
    check,
    close: () => client.close(),
  }
}

/** With its payloads in hand: each class goes through the whole batch, which would be unpacked anew for each. */
function holding({ source, organization, events }: Batch): Batch {
  const held = events.map((it) => ({
    ...{ uid: it.uid, timestamp: it.timestamp, payload: it.payload },
    get event() {
      return it.event
    },
  }))
  return { source, organization, events: held, bytes: held.reduce((sum, it) => sum + it.payload.length, 0) }
}

const notAnS3Answer: Outcome = {
  kind: 'retry',
  reason: 'HTTP 200 without an ETag: the answer is not from S3; check `endpoint` and `proxy`',
}
