import { createHash } from 'node:crypto'
import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfRefusal, isRefusal, outcomeWithoutAnswer } from '../../../src/lib/entra-refusal.ts'
import { keyPrefix } from '../../../src/lib/hour-objects.ts'
import { type HttpAnswer, header } from '../../../src/lib/http.ts'
import { connectionCure, masked } from '../../../src/lib/http-poster.ts'
import { createObjectSink, type NewObject } from '../../../src/lib/object-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { type BlobClient, createClient } from './client.ts'
import type { Config } from './config.ts'
import { codeOf, cureOf, isExisting, mayExist, outcomeOfRefusal, reasonOf } from './refusal.ts'

/** Put Blob: https://learn.microsoft.com/rest/api/storageservices/put-blob */
export function createSink(config: Config, context: SinkContext): Sink {
  const client = createClient(config, context)
  return createObjectSink(
    {
      layout: config,
      async put(object, signal) {
        try {
          return await put(client, object, signal, context.now)
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

async function put(
  client: BlobClient,
  { key, body, contentType }: NewObject,
  signal: AbortSignal,
  now: () => number,
): Promise<Outcome> {
  const md5 = createHash('md5').update(body).digest('base64')
  const headers = {
    'x-ms-blob-type': 'BlockBlob',
    'if-none-match': '*',
    'content-type': contentType,
    'content-md5': md5,
  }
  const answer = await client.send({ method: 'PUT', key, headers, body }, signal)
  if (!mayExist(answer)) return isStored(answer, md5) ? delivered : outcomeOfRefusal(answer, now())
  return judge(answer, await client.send({ method: 'HEAD', key }, signal), { key, md5 }, now())
}

/** A refusal beside what lies under the name that these events have: it doesn't count if that is known to be another. */
function judge(
  refusal: HttpAnswer,
  found: HttpAnswer,
  { key, md5 }: { key: string; md5: string },
  now: number,
): Outcome {
  if (found.status === 200) {
    if ((header(found.headers, 'content-md5') ?? md5) === md5) return delivered
    const cure = 'delete or move it, or choose another `prefix`'
    return {
      kind: 'pause',
      reason: `the blob ${key} exists, with other bytes than these events have; ${cure}`,
    }
  }
  if (!isExisting(refusal)) return outcomeOfRefusal(refusal, now)
  const outcome = outcomeOfRefusal(found, now)
  // Azure names a code. What it said of the write stands where something between, or an imitation, has no answer.
  if (isExisting(found) || (codeOf(found) === '' && outcome.kind === 'pause')) return delivered
  // Deleted in between.
  if (found.status === 404) return { kind: 'retry', reason: `the blob ${key} exists, and then it does not` }
  return outcome
}

/** Only an answer that names the new blob's version proves that it is there. */
function isStored({ status, headers }: HttpAnswer, md5: string): boolean {
  const named = status === 201 && header(headers, 'etag') !== undefined
  return named && (header(headers, 'content-md5') ?? md5) === md5
}

/** A name that no object of a batch has. */
const PROBE = 'auditferry-check'

/** Asks for a blob that isn't there, and to replace it if it has a version that none has: changes nothing, but needs both rights. */
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
      return failed(`read: ${reasonOf(read)}`, cureOf(read))
    const write = await client.send({ method: 'PUT', key, headers }, signal)
    if (codeOf(write) !== 'ConditionNotMet') return failed(`create: ${reasonOf(write)}`, cureOf(write))
    return { ok: true, detail: `container ${config.container} takes blobs`, cure: '' }
  } catch (error) {
    return failed(messageOf(error), cureOfFailure(error))
  }
}

function cureOfFailure(error: unknown): string {
  return isRefusal(error) ? cureOfRefusal(error) : connectionCure(error)
}
