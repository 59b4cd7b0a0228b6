/** A mirror as an S3 object: credentials, region and endpoint come from the usual AWS chain. */
import { abortable } from '../lib/abortable.ts'
import { areAwsCredentialsStale } from '../lib/aws/refusal.ts'
import { createBucketReader } from '../lib/aws/s3-bucket.ts'
import { createS3Client, type S3Client } from '../lib/aws/s3-client.ts'
import { withDeadline } from '../lib/deadline.ts'
import { unlessGone } from '../lib/unless-gone.ts'
import { VERSION } from '../version.ts'
import { failureOf } from './bucket-refusal.ts'
import type { MirrorPlace } from './place.ts'

/** `timeoutMs`: for a whole request. */
export function objectAt(bucket: string, key: string, timeoutMs: number): MirrorPlace {
  const connection = { timeoutMs, tls: { insecureSkipVerify: false } }
  let opened: Promise<S3Client> | undefined
  const load = async () => {
    opened ??= regionOfEnvironment().then((region) =>
      createS3Client({ region, force_path_style: false }, { id: 'mirror', version: VERSION, connection }),
    )
    return (await opened).load()
  }
  const reader = createBucketReader({ Bucket: bucket }, async () => (await load()).client)
  const closing = new AbortController()

  const inTime = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(closing.signal, timeoutMs, (signal) => abortable(work(signal), signal))
    } catch (error) {
      if (areAwsCredentialsStale(error)) (await opened)?.forgetCredentials()
      throw failureOf(error)
    }
  }
  const read = (at: string): Promise<string | undefined> =>
    inTime(async (signal) => {
      const bytes = await unlessGone(reader.get(at, signal))
      return bytes && Buffer.from(bytes).toString()
    })
  const put = (at: string, text: string) =>
    inTime(async (abortSignal) => {
      const { sdk, client } = await load()
      const what = { Bucket: bucket, Key: at, Body: text, ContentType: 'application/json' }
      await client.send(new sdk.PutObjectCommand(what), { abortSignal })
    })

  const previous = `${key}.previous`
  let last: string | undefined
  return {
    name: `s3://${bucket}/${key}`,
    read: (revision) => read(revision === 'last' ? key : previous),
    async write(text) {
      last ??= await read(key)
      if (last !== undefined) await put(previous, last)
      await put(key, text)
      last = text
    },
    async close() {
      closing.abort(new Error('the engine stopped before an answer came'))
      await (await opened)?.close()
    },
  }
}

/** As the SDK finds it; a service of another maker takes any. Undefined: the first request says that it is missing. */
async function regionOfEnvironment(): Promise<string | undefined> {
  const { S3Client } = await import('@aws-sdk/client-s3')
  const found = await new S3Client({}).config.region().catch(() => undefined)
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL
  return found ?? (endpoint === undefined ? undefined : 'us-east-1')
}
