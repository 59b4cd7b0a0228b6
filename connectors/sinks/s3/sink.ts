import type { Batch, CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { canReadBack } from '../../../src/formats/read-back.ts'
import { createObjectRecords } from '../../../src/integrity/object-records.ts'
import { createReadObjects } from '../../../src/integrity/read-objects.ts'
import { areAwsCredentialsStale, awsReasonOf } from '../../../src/lib/aws-refusal.ts'
import { compressPieces } from '../../../src/lib/compress-pieces.ts'
import {
  contentType,
  groupByHour,
  type HourGroup,
  keyPrefix,
  linesOf,
  objectKey,
  pieces,
} from '../../../src/lib/hour-objects.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { createObjectStore, type ObjectStore } from './client.ts'
import type { S3Config } from './config.ts'
import { cureOf, outcomeOf } from './outcome.ts'
import { keysOf } from './read-back.ts'

/** A batch of the live flow fills one or two hours; one of a backfill may fill hundreds. */
const PARALLEL_PUTS = 4

const UNPLACEABLE: Outcome = {
  kind: 'rejected',
  reason: 'the timestamp is outside the years 0000 to 9999: no key can hold it',
}

/** One object for each hour of a batch; an object's events share one outcome. */
export function createSink(config: S3Config, context: SinkContext): Sink {
  const store = createObjectStore(config, context)
  const { id: sink, logger, now, format } = context
  const place = { sink, bucket: store, prefix: keyPrefix(config.prefix) }
  const records = createObjectRecords(config.manifest, { ...place, logger, now })
  const readObjects = createReadObjects({ ...place, format, recall: records.recall })
  const put = async (batch: Batch, group: HourGroup, signal: AbortSignal): Promise<Outcome> => {
    try {
      await records.begin(signal)
      const isChained = config.integrity === 'chain'
      const body = await compressPieces(pieces(group, format, isChained), config.compression, signal)
      const key = objectKey(batch, group, format, config)
      const { metadata, done } = records.describe(
        key,
        body,
        group.events,
        isChained ? undefined : linesOf(group),
      )
      const object = { key, body, metadata, contentType: contentType(format, config.compression) }
      if ((await store.put(object, signal)) === undefined) return notAnS3Answer
      done()
      return delivered
    } catch (error) {
      if (areAwsCredentialsStale(error)) store.forgetCredentials()
      return outcomeOf(error, config, now())
    }
  }
  return {
    async write(batch, signal) {
      const outcomes = every(batch.events.length, UNPLACEABLE)
      const waiting = groupByHour(batch.events).values()
      let failure: Outcome | undefined
      const worker = async () => {
        for (const group of waiting) {
          // A store that refuses one object isn't asked for those not begun: they wait with it.
          const outcome = failure ?? (await put(batch, group, signal))
          if (outcome.kind !== 'delivered') failure ??= outcome
          for (const position of group.positions) outcomes[position] = outcome
        }
      }
      await Promise.all(Array.from({ length: PARALLEL_PUTS }, worker))
      return outcomes
    },
    readBack: (range, signal) =>
      canReadBack(format.name) ? readObjects(keysOf(config, range), signal) : undefined,
    tend: records.tend,
    check: (signal) => check(store, config, signal),
    close: () => store.close(),
  }
}

const notAnS3Answer: Outcome = {
  kind: 'retry',
  reason: 'HTTP 200 without an ETag: the answer is not from S3; check `endpoint` and `proxy`',
}

/** Not a HEAD of the bucket, which needs the same right: its answer has no body and can't say what is wrong. */
async function check(store: ObjectStore, config: S3Config, signal: AbortSignal): Promise<CheckResult> {
  try {
    await store.probe(signal)
    return { ok: true, detail: `bucket ${config.bucket} answers`, cure: '' }
  } catch (error) {
    if (areAwsCredentialsStale(error)) store.forgetCredentials()
    const cure = cureOf(error) || 'compare `endpoint`, `region` and `bucket` with the store'
    return { ok: false, detail: `bucket ${config.bucket}: ${awsReasonOf(error, config)}`, cure }
  }
}
