/** A mirror as an S3 object: credentials, region and endpoint come from the usual AWS chain. */
import { abortable } from '../lib/abortable.ts'
import { areAwsCredentialsStale } from '../lib/aws-refusal.ts'
import { withDeadline } from '../lib/deadline.ts'
import { createBucketReader } from '../lib/s3-bucket.ts'
import { createS3Client } from '../lib/s3-client.ts'
import { unlessGone } from '../lib/unless-gone.ts'
import { VERSION } from '../version.ts'
import { failureOf } from './bucket-refusal.ts'
import type { MirrorPlace } from './place.ts'

/** `timeoutMs`: for a whole request. */
export function objectAt(bucket: string, key: string, timeoutMs: number): MirrorPlace {
  const connection = { timeoutMs, tls: { insecureSkipVerify: false } }
  const region = process.env.AWS_REGION ?? 'us-east-1'
  const s3 = createS3Client(
    { region, force_path_style: false },
    { id: 'mirror', version: VERSION, connection },
  )
  const reader = createBucketReader({ Bucket: bucket }, async () => (await s3.load()).client)
  const closing = new AbortController()

  const inTime = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(closing.signal, timeoutMs, (signal) => abortable(work(signal), signal))
    } catch (error) {
      if (areAwsCredentialsStale(error)) s3.forgetCredentials()
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
      const { sdk, client } = await s3.load()
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
      await s3.close()
    },
  }
}
