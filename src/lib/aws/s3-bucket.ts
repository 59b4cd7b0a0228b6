/** Reading from one S3 bucket, through whatever client is in use. */
import type { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { abortable } from '../abortable.ts'

export interface BucketReader {
  /** The keys below the prefix, in order, starting after `after`. */
  list(
    prefix: string,
    signal?: AbortSignal,
    after?: string,
  ): AsyncIterable<{ readonly key: string; readonly writtenAt: number }>
  stream(key: string, signal?: AbortSignal): Promise<Readable>
  get(key: string, signal?: AbortSignal): Promise<Uint8Array>
  /** Without its `x-amz-meta-`. */
  metadata(key: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>>>
}

interface BucketName {
  readonly Bucket: string
  readonly ExpectedBucketOwner?: string | undefined
}

/** Even with keys of maximum length a page fits into an answer, of which 1 MiB is read. */
const PAGE = 500

/** `client` is called for each request, since credentials may have been renewed. */
export function createBucketReader(bucket: BucketName, client: () => Promise<S3Client>): BucketReader {
  const load = async () => ({ sdk: await import('@aws-sdk/client-s3'), s3: await client() })
  const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal })
  const open = async (key: string, signal?: AbortSignal) => {
    const { sdk, s3 } = await load()
    const sent = s3.send(new sdk.GetObjectCommand({ ...bucket, Key: key }), options(signal))
    const { Body } = await within(sent, signal)
    if (Body === undefined) throw new Error(`the answer to GET ${key} has no body`)
    return Body
  }
  return {
    async *list(prefix, signal, after) {
      let token: string | undefined
      do {
        const { sdk, s3 } = await load()
        const command = new sdk.ListObjectsV2Command({
          ...bucket,
          Prefix: prefix,
          ContinuationToken: token,
          MaxKeys: PAGE,
          StartAfter: after,
        })
        const page = await within(s3.send(command, options(signal)), signal)
        for (const { Key, LastModified } of page.Contents ?? []) {
          if (Key !== undefined) yield { key: Key, writtenAt: LastModified?.getTime() ?? 0 }
        }
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined
      } while (token !== undefined)
    },
    stream: async (key, signal) => (await open(key, signal)) as Readable,
    get: async (key, signal) => (await open(key, signal)).transformToByteArray(),
    async metadata(key, signal) {
      const { sdk, s3 } = await load()
      return (
        (await s3.send(new sdk.HeadObjectCommand({ ...bucket, Key: key }), options(signal))).Metadata ?? {}
      )
    },
  }
}

/** The SDK heeds the signal only once it has credentials, and getting those may take long. */
function within<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? work : abortable(work, signal)
}
