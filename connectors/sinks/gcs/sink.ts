import type { CheckResult, Sink, SinkContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { cureOfNoAnswer } from '../../../src/lib/google/answer.ts'
import { createGoogleSender } from '../../../src/lib/google/sender.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, cureOfBusy } from '../../../src/lib/http/outcome.ts'
import { parseObject } from '../../../src/lib/json-text.ts'
import { isMd5Of, md5Of } from '../../../src/lib/md5.ts'
import { createDamagedObjects } from '../../../src/lib/sinks/damaged-objects.ts'
import { createObjectSink, type NewObject, outcomeOfPut } from '../../../src/lib/sinks/object-sink.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import type { Config } from './config.ts'

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write'
const RIGHT = 'storage.objects.create'

/** The JSON API: https://cloud.google.com/storage/docs/json_api/v1/objects/insert */
export function createSink(config: Config, context: SinkContext): Sink {
  const { bucket, credentials } = config
  const endpoint = config.endpoint.replace(/\/+$/, '')
  const sender = createGoogleSender({ credentials, scope: SCOPE, compression: 'none' }, context)
  const damaged = createDamagedObjects()
  return createObjectSink(
    {
      layout: config,
      async put({ key, body, contentType }, signal) {
        const query = new URLSearchParams({ uploadType: 'media', name: key, ifGenerationMatch: '0' })
        const url = `${endpoint}/upload/storage/v1/b/${bucket}/o?${query}`
        const sum = md5Of(body, 'base64')
        const headers = { 'content-type': contentType, ...(sum && { 'x-goog-hash': `md5=${sum}` }) }
        const answer = await sender.send({ url, headers, body }, signal)
        const isWhole = isStored(answer, { key, body })
        damaged.note(key, isWhole)
        // 412: the object exists, and its key says that it holds these events.
        if (isWhole || (answer.status === 412 && !damaged.has(key))) return delivered
        if (answer.status === 412) return { kind: 'pause', reason: `${key} was stored damaged; delete it` }
        if (isRefusedAsDamaged(answer)) return DAMAGED
        return outcomeOfPut(answer, cureOf(answer.status) || NO_BUCKET, context.now())
      },
      async check(signal) {
        const url = `${endpoint}/storage/v1/b/${bucket}/iam/testPermissions?permissions=${RIGHT}`
        try {
          return resultOf(await sender.send({ url, method: 'GET' }, signal), bucket)
        } catch (error) {
          return { ok: false, detail: messageOf(error), cure: cureOfNoAnswer(error) }
        }
      },
      close: () => sender.close(),
    },
    context,
  )
}

/** Only the object's description proves that it was stored; undefined if the answer is not a description. */
function isStored(answer: HttpAnswer, { key, body }: Pick<NewObject, 'key' | 'body'>): boolean | undefined {
  if (answer.status !== 200) return undefined
  const { name, generation, size = `${body.length}`, md5Hash } = parseObject(answer.body) ?? {}
  if (name !== key || typeof generation !== 'string' || !/^\d+$/.test(generation)) return undefined
  return isMd5Of(body, md5Hash, 'base64') && size === `${body.length}`
}

/** Nothing was stored: "Provided MD5 hash "…" doesn't match calculated MD5 hash "…"." */
function isRefusedAsDamaged({ status, body }: HttpAnswer): boolean {
  return status === 400 && /match calculated MD5/i.test(body)
}

const DAMAGED: Outcome = { kind: 'retry', reason: 'the object was damaged on the way' }

function resultOf(answer: HttpAnswer, bucket: string): CheckResult {
  const { status, body } = answer
  if (status === 200 && body.includes(`"${RIGHT}"`)) {
    return { ok: true, detail: `bucket ${bucket} takes objects`, cure: '' }
  }
  const isAnswer = status === 200 && body.includes('testIamPermissionsResponse')
  const detail = isAnswer ? `bucket ${bucket}: ${RIGHT} is missing` : answerInWords(answer)
  return {
    ok: false,
    detail,
    cure: cureOf(isAnswer ? 403 : status) || cureOfBusy(status) || NO_BUCKET,
  }
}

const NO_BUCKET = 'compare `endpoint` and `bucket`'

function cureOf(status: number): string {
  return CURES[status] ?? ''
}

const CURES: Readonly<Record<number, string>> = {
  400: 'correct `bucket` and `prefix`',
  401: 'renew `credentials`',
  403: 'grant the service account Storage Object Creator (roles/storage.objectCreator) on the bucket',
  404: 'create the bucket or correct `bucket`',
}
