import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfRefusal, isRefusal, outcomeWithoutAnswer } from '../../../src/lib/entra/refusal.ts'
import { type HttpAnswer, header } from '../../../src/lib/http/http.ts'
import { cureOfBusy } from '../../../src/lib/http/outcome.ts'
import { connectionCure, masked } from '../../../src/lib/http/poster.ts'
import { isMd5Of, md5Of } from '../../../src/lib/md5.ts'
import { createDamagedObjects, type DamagedObjects } from '../../../src/lib/sinks/damaged-objects.ts'
import { keyPrefix } from '../../../src/lib/sinks/hour-objects.ts'
import { createObjectSink, type NewObject } from '../../../src/lib/sinks/object-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { type BlobClient, createClient } from './client.ts'
import type { Config } from './config.ts'
import { codeOf, cureOf, isExisting, mayExist, outcomeOfRefusal, reasonOf } from './refusal.ts'

/** Put Blob: https://learn.microsoft.com/rest/api/storageservices/put-blob */
export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  const damaged = createDamagedObjects()
  return createObjectSink(
    {
      layout: config,
      async put(object, signal) {
        try {
          return await put({ client, damaged, now: context.now }, object, signal)
        } catch (error) {
          return outcomeWithoutAnswer(error, client.secrets)
        }
      },
      check: (signal) => check(client, config, signal),
      close: () => client.close(),
    },
    context,
  )
}

interface Container {
  readonly client: BlobClient
  readonly damaged: DamagedObjects
  readonly now: () => number
}

async function put(
  { client, damaged, now }: Container,
  { key, body, contentType }: NewObject,
  signal: AbortSignal,
): Promise<Outcome> {
  const md5 = md5Of(body, 'base64')
  const headers = {
    'x-ms-blob-type': 'BlockBlob',
    'if-none-match': '*',
    'content-type': contentType,
    ...(md5 !== undefined && { 'content-md5': md5 }),
  }
  const answer = await client.send({ method: 'PUT', key, headers, body }, signal)
  if (!mayExist(answer)) {
    const isWhole = isStored(answer, body)
    damaged.note(key, isWhole)
    return isWhole ? delivered : outcomeOfRefusal(answer, now())
  }
  const found = await client.send({ method: 'HEAD', key }, signal)
  if (found.status !== 200 || !damaged.has(key) || isDescribed(found, body))
    return judge(answer, found, key, now())
  const cure = 'delete or move it, or choose another `prefix`'
  return { kind: 'pause', reason: `the blob ${key} exists, with other bytes than were sent; ${cure}` }
}

/**
 * Judges a refusal together with what exists under the name. The name says that the blob holds these events. Its bytes
 * may differ: events written before a state was lost, or read again by a replay, have another `observedAt`.
 */
function judge(refusal: HttpAnswer, found: HttpAnswer, key: string, now: number): Outcome {
  if (found.status === 200) return delivered
  if (!isExisting(refusal)) return outcomeOfRefusal(refusal, now)
  const outcome = outcomeOfRefusal(found, now)
  // Azure always names a code. If the second answer has none, it comes from something in between or an imitation of
  // Azure, and then the refusal of the write counts.
  if (isExisting(found) || (codeOf(found) === '' && outcome.kind === 'pause')) return delivered
  // Deleted in between.
  if (found.status === 404) return { kind: 'retry', reason: `the blob ${key} exists, and then it does not` }
  return outcome
}

/** Only an answer that names the new blob's version proves that it is there; undefined if it names none. */
function isStored(answer: HttpAnswer, body: Uint8Array): boolean | undefined {
  if (answer.status !== 201 || header(answer.headers, 'etag') === undefined) return undefined
  return isDescribed(answer, body)
}

/** Azure returns the MD5 that it was sent; something in between may leave it out. */
function isDescribed({ headers }: HttpAnswer, body: Uint8Array): boolean {
  return isMd5Of(body, header(headers, 'content-md5'), 'base64')
}

/** A name that no object of a batch has. */
const PROBE = 'auditferry-check'

/**
 * Looks for a blob that doesn't exist, then replaces it on condition of a version that no blob has. Changes nothing,
 * but needs both rights.
 */
async function check(client: BlobClient, config: Config, signal: AbortSignal): Promise<CheckResult> {
  const key = keyPrefix(config.prefix) + PROBE
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'if-match': '"0x0"' }
  const failed = (detail: string, cure: string) => ({
    ...{ ok: false, detail: `container ${config.container}: ${masked(detail, client.secrets)}` },
    cure: cure === '' ? 'compare `account`, `endpoint` and `container` with the portal' : cure,
  })
  try {
    const read = await client.send({ method: 'HEAD', key }, signal)
    if (codeOf(read) !== 'BlobNotFound' && read.status !== 200)
      return failed(`read: ${reasonOf(read)}`, cureOf(read) || cureOfBusy(read.status))
    const write = await client.send({ method: 'PUT', key, headers }, signal)
    if (codeOf(write) !== 'ConditionNotMet')
      return failed(`create: ${reasonOf(write)}`, cureOf(write) || cureOfBusy(write.status))
    return { ok: true, detail: `container ${config.container} takes blobs`, cure: '' }
  } catch (error) {
    return failed(messageOf(error), cureOfFailure(error, config))
  }
}

function cureOfFailure(error: unknown, { endpoint, auth }: Config): string {
  if (isRefusal(error)) return cureOfRefusal(error)
  if (endpoint !== undefined) return connectionCure(error)
  return connectionCure(error, auth.type === 'connection_string' ? 'auth.connection_string' : 'account')
}
