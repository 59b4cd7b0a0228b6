/** A bucket, or the part of it under a prefix. Credentials come from the usual AWS chain. */
import { OperationError, UsageError } from '../errors.ts'
import { awsReasonOf } from '../lib/aws/refusal.ts'
import { createBucketReader } from '../lib/aws/s3-bucket.ts'
import { type Cures, cureOfS3Failure } from '../lib/aws/s3-refusal.ts'
import type { Entry, Place } from './folder.ts'

interface S3Access {
  readonly endpoint: string | undefined
  readonly region: string | undefined
}

/** `address`: `s3://bucket`, optionally with a prefix. */
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
  const list = async () => {
    const entries: Entry[] = []
    for await (const { key, writtenAt } of reader.list(prefix)) {
      if (!key.endsWith('/')) entries.push({ path: key.slice(prefix.length), writtenAt })
    }
    return entries
  }
  const entries = await list().catch((error: unknown) => {
    client.destroy()
    return refuse(`${address} can't be listed`, error)
  })
  return {
    name: address,
    isFile: false,
    entries,
    prefix,
    read: (entry) => reader.stream(prefix + entry).catch((error) => refuse(entry, error)),
    readWhole: async (entry) =>
      Buffer.from(await reader.get(prefix + entry).catch((error) => refuse(entry, error))),
    close: () => client.destroy(),
  }
}

const CREDENTIALS = 'correct the credentials that the AWS chain finds'
const REGION = 'set --region to the region of the bucket'
const CURES: Cures = {
  AccessDenied: 'allow s3:ListBucket on the bucket and s3:GetObject on its objects',
  NoSuchBucket: 'name another bucket',
  InvalidBucketName: 'name another bucket',
  InvalidAccessKeyId: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  RegionMissing: REGION,
  UnknownRegion: REGION,
  UnknownHost: 'check the host name in --endpoint',
  CredentialsProviderError: 'give credentials by the environment, a profile or a role',
}

function refuse(what: string, error: unknown): never {
  const cure = cureOfS3Failure(error, CURES)
  throw new OperationError(`${what}: ${awsReasonOf(error, {})}${cure === '' ? '' : `; ${cure}`}`)
}
