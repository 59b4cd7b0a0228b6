import type { Batch, BatchEvent, CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { areAwsCredentialsStale, awsReasonOf, cureOfBusyAws } from '../../../src/lib/aws/refusal.ts'
import { createS3Client } from '../../../src/lib/aws/s3-client.ts'
import {
  type Cures,
  cureOfS3Failure,
  outcomeOfS3Failure,
  requireS3Answer,
} from '../../../src/lib/aws/s3-refusal.ts'
import { writeGroups } from '../../../src/lib/sinks/object-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import type { LakeClass } from './columns.ts'
import type { Config } from './config.ts'
import { classOf, classUidOf, daysOf, keyOf, type LakeGroup } from './encode.ts'
import { createFiles, type LakeFile, type LakeFiles } from './files.ts'

export const CONTENT_TYPE = 'application/vnd.apache.parquet'

const COMPARE = 'compare `bucket` and `region` with the settings of Security Lake'
const CURES: Cures = {
  AccessDenied:
    'grant s3:PutObject on ext/<custom source>/ of each of `custom_sources`, and s3:ListBucket for check; create the custom sources first',
  KMS: 'grant kms:GenerateDataKey on the key of the data lake',
  NoSuchBucket: 'enable Security Lake in `region`, or correct `bucket`',
  Unnamed: COMPARE,
}

/** One object for each class and day of a batch; an object's events share one outcome. */
export function createSink(config: Config, context: SinkContext): Sink {
  const { bucket: Bucket, custom_sources } = config
  const client = createS3Client(config, context)
  const files = createFiles()

  async function put(batch: Batch, group: MadeGroup, signal: AbortSignal): Promise<Outcome> {
    try {
      const Body = await abortable(group.body, signal)
      const { sdk, client: s3 } = await client.load()
      const Key = keyOf(batch, group, config)
      const object = { Bucket, Key, Body, ContentType: CONTENT_TYPE, IfNoneMatch: '*' }
      const sent = s3.send(new sdk.PutObjectCommand(object), { abortSignal: signal })
      requireS3Answer(await abortable(sent, signal))
      return delivered
    } catch (error) {
      if (areAwsCredentialsStale(error)) client.forgetCredentials()
      return outcomeOfS3Failure(error, { ...config, conditional_writes: true }, CURES, context.now())
    }
  }

  /** Looks into the folder of the custom source that most events go to. */
  async function check(signal: AbortSignal): Promise<CheckResult> {
    const what = `data lake ${Bucket}`
    try {
      await client.probe({ Bucket, Prefix: `ext/${custom_sources.api_activity}/` }, signal)
      return { ok: true, detail: `${what} answers`, cure: '' }
    } catch (error) {
      if (areAwsCredentialsStale(error)) client.forgetCredentials()
      const cure = cureOfS3Failure(error, CURES) || cureOfBusyAws(error) || COMPARE
      return { ok: false, detail: `${what}: ${awsReasonOf(error, config)}`, cure }
    }
  }

  return {
    write: (batch, signal) =>
      writeGroups(batch, groupsOf(batch, files, signal), (group) => put(batch, group, signal)),
    check,
    async close() {
      await Promise.all([files.close(), client.close()])
    },
  }
}

interface MadeGroup extends LakeGroup {
  readonly body: Promise<Uint8Array>
}

/**
 * Goes day by day and reads each payload once: a batch is larger than what may lie unpacked, and none of it is kept.
 */
async function* groupsOf(batch: Batch, files: LakeFiles, signal: AbortSignal): AsyncGenerator<MadeGroup> {
  for (const day of daysOf(batch)) {
    const open = new Map<number, OpenGroup>()
    try {
      for (const [at, event] of day.events.entries()) {
        const { payload } = event
        const classUid = classUidOf(payload)
        const group = open.get(classUid) ?? openGroup(classOf(payload), files.open(classUid))
        open.set(classUid, group)
        group.events.push(event)
        group.positions.push(day.positions[at] as number)
        const sent = group.file.add(payload)
        if (sent !== undefined) await abortable(sent, signal)
      }
      for (const { file, ...group } of open.values()) {
        const body = file.finish()
        body.catch(() => undefined)
        yield { ...group, body }
      }
    } finally {
      for (const { file } of open.values()) file.drop()
    }
  }
}

interface OpenGroup {
  readonly class: LakeClass
  readonly events: BatchEvent[]
  readonly positions: number[]
  readonly file: LakeFile
}

function openGroup(lakeClass: LakeClass, file: LakeFile): OpenGroup {
  return { class: lakeClass, events: [], positions: [], file }
}
