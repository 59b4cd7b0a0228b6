import type { Batch, CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { canReadBack } from '../../../src/formats/read-back.ts'
import { createObjectRecords } from '../../../src/integrity/object-records.ts'
import { createReadObjects } from '../../../src/integrity/read-objects.ts'
import {
  areAwsCredentialsStale,
  awsReasonOf,
  awsRefusalOf,
  cureOfBusyAws,
} from '../../../src/lib/aws/refusal.ts'
import { compressPieces } from '../../../src/lib/sinks/compress-pieces.ts'
import {
  contentType,
  type HourGroup,
  keyPrefix,
  linesOf,
  objectKey,
  pieces,
} from '../../../src/lib/sinks/hour-objects.ts'
import { writeHours } from '../../../src/lib/sinks/object-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { createObjectStore, type ObjectStore } from './client.ts'
import type { Config } from './config.ts'
import { CURE_OF_NO_LOCK, RIGHT_TO_ASK } from './lock.ts'
import { cureOf, outcomeOf } from './outcome.ts'
import { keysOf } from './read-back.ts'

/** One object for each hour of a batch; an object's events share one outcome. */
export function createSink(config: Config, context: SinkContext): Sink {
  const store = createObjectStore(config, context)
  const { id: sink, logger, now, format } = context
  const place = { sink, bucket: store, prefix: keyPrefix(config.prefix) }
  const records = createObjectRecords(config.manifest, { ...place, logger, now: store.now })
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
      await store.put(object, signal)
      done()
      return delivered
    } catch (error) {
      if (areAwsCredentialsStale(error)) store.forgetCredentials()
      return outcomeOf(error, config, now())
    }
  }
  const tend = async (signal: AbortSignal) => {
    try {
      await records.tend(signal)
    } catch (error) {
      const { message, cause } = error as Error
      if (areAwsCredentialsStale(cause)) store.forgetCredentials()
      const outcome = outcomeOf(cause, config, now())
      throw new Error(message, { cause: 'reason' in outcome ? new Error(outcome.reason) : cause })
    }
  }
  return {
    write: (batch, signal) => writeHours(batch, (group) => put(batch, group, signal)),
    readBack: (range, signal) =>
      canReadBack(format.name) ? readObjects(keysOf(config, range), signal) : undefined,
    tend,
    check: (signal) => check(store, config, signal),
    close: () => store.close(),
  }
}

/** Not a HEAD of the bucket, which needs the same right: its answer has no body and can't say what is wrong. */
async function check(store: ObjectStore, config: Config, signal: AbortSignal): Promise<CheckResult> {
  try {
    await store.probe(signal)
    const answers = `bucket ${config.bucket} answers`
    if (config.storage.object_lock === undefined) return { ok: true, detail: answers, cure: '' }
    const locks = await store.locks(signal)
    if (locks === false)
      return { ok: false, detail: `bucket ${config.bucket} locks no objects`, cure: CURE_OF_NO_LOCK }
    const more = locks
      ? ', and locks objects'
      : `, but does not tell whether it locks objects (it takes ${RIGHT_TO_ASK} to ask)`
    return { ok: true, detail: `${answers}${more}`, cure: '' }
  } catch (error) {
    if (areAwsCredentialsStale(error)) store.forgetCredentials()
    const cure =
      cureOf(error) ||
      cureOfBusyAws(error) ||
      `compare \`endpoint\`, \`region\` and \`bucket\` with the store${ofTls(error, config)}`
    return { ok: false, detail: `bucket ${config.bucket}: ${awsReasonOf(error, config)}`, cure }
  }
}

/** A TLS server hangs up on http://, or answers in words of its own that the SDK does not show. */
function ofTls(error: unknown, { endpoint }: Config): string {
  const isUnlikeS3 = (awsRefusalOf(error)?.name ?? '') === ''
  return isUnlikeS3 && endpoint?.startsWith('http:')
    ? '; where TLS is spoken, the address begins with https://'
    : ''
}
