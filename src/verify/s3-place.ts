/** A bucket, or what lies below a prefix of it. Credentials come from the usual AWS chain. */
import { UsageError } from '../errors.ts'
import { createBucketReader } from '../lib/s3-bucket.ts'
import type { Entry, Place } from './folder.ts'

export interface S3Access {
  readonly endpoint: string | undefined
  readonly region: string | undefined
}

/** `address`: `s3://bucket`, or with a prefix. */
export async function openS3(address: string, { endpoint, region }: S3Access): Promise<Place> {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(address) ?? []
  if (bucket === '') throw new UsageError(`${address}: expected s3://bucket/prefix`)
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  const { S3Client } = await import('@aws-sdk/client-s3')
  const client = new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true, region: region ?? 'us-east-1' }),
  })
  const reader = createBucketReader({ Bucket: bucket }, async () => client)
  const entries: Entry[] = []
  for await (const { key, writtenAt } of reader.list(prefix)) {
    if (!key.endsWith('/')) entries.push({ path: key.slice(prefix.length), writtenAt })
  }
  return {
    name: address,
    isFile: false,
    entries,
    prefix,
    read: (entry) => reader.stream(prefix + entry),
    readWhole: async (entry) => Buffer.from(await reader.get(prefix + entry)),
    close: () => client.destroy(),
  }
}
