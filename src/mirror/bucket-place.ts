/** A mirror as an S3 object: credentials, region and endpoint come from the usual AWS chain. */
import { abortable } from '../lib/abortable.ts'
import { withDeadline } from '../lib/deadline.ts'
import { createBucketReader } from '../lib/s3-bucket.ts'
import { createS3Client } from '../lib/s3-client.ts'
import { VERSION } from '../version.ts'
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
  const inTime = <T>(work: (signal: AbortSignal) => Promise<T>) =>
    withDeadline(closing.signal, timeoutMs, (signal) => abortable(work(signal), signal))

  let last: string | undefined
  const read = async (at: string): Promise<string | undefined> => {
    const { sdk } = await s3.load()
    try {
      return Buffer.from(await inTime((signal) => reader.get(at, signal))).toString()
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) return undefined
      throw error
    }
  }
  const put = async (at: string, text: string) => {
    const { sdk, client } = await s3.load()
    const command = new sdk.PutObjectCommand({
      ...{ Bucket: bucket, Key: at, ContentType: 'application/json' },
      Body: text,
    })
    await inTime((abortSignal) => client.send(command, { abortSignal }))
  }
  return {
    name: `s3://${bucket}/${key}`,
    async read() {
      const texts = await Promise.all([key, `${key}.previous`].map(read))
      return texts.filter((text) => text !== undefined)
    },
    async write(text) {
      last ??= await read(key)
      if (last !== undefined) await put(`${key}.previous`, last)
      await put(key, text)
      last = text
    },
    async close() {
      closing.abort(new Error('the engine stopped before an answer came'))
      await s3.close()
    },
  }
}
