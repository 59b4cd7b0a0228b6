/** What the sink asks of its bucket. */
import type { ConnectorContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { type BucketReader, createBucketReader } from '../../../src/lib/aws/s3-bucket.ts'
import { createS3Client } from '../../../src/lib/aws/s3-client.ts'
import { requireS3Answer } from '../../../src/lib/aws/s3-refusal.ts'
import { keyPrefix } from '../../../src/lib/sinks/hour-objects.ts'
import type { Config } from './config.ts'
import { NoObjectLock, readLock } from './lock.ts'

export interface ObjectStore extends BucketReader {
  /** Throws what the SDK throws, NoObjectLock, or that the answer is not from S3. */
  put(object: StoredObject, signal: AbortSignal): Promise<void>
  /** See S3Client. */
  probe(signal: AbortSignal): Promise<void>
  /** Whether the bucket locks objects; undefined if the store does not say. */
  locks(signal: AbortSignal): Promise<boolean | undefined>
  /** Answers false if the key exists. */
  putNew(key: string, body: Uint8Array, signal: AbortSignal): Promise<boolean>
  /** The store's time, as far as it is known; milliseconds. */
  now(): number
  /** Drops the client, so that the next request reads the credentials again. */
  forgetCredentials(): void
  close(): Promise<void>
}

interface StoredObject {
  readonly key: string
  readonly body: Uint8Array
  readonly contentType: string
  readonly metadata?: Readonly<Record<string, string>>
}

export function createObjectStore(config: Config, context: ConnectorContext): ObjectStore {
  const { load, probe, skew, forgetCredentials, close } = createS3Client(config, context)
  const bucket = { Bucket: config.bucket, ExpectedBucketOwner: config.storage.expected_bucket_owner }
  const reader = createBucketReader(bucket, async () => (await load()).client)
  const now = () => context.now() + skew()
  const locks = async (abortSignal: AbortSignal) => {
    const { sdk, client } = await load()
    const command = new sdk.GetObjectLockConfigurationCommand(bucket)
    return readLock(abortable(client.send(command, { abortSignal }), abortSignal))
  }
  // AWS itself refuses a put with Object Lock if the bucket has none.
  let mayRely = config.storage.object_lock === undefined || config.endpoint === undefined
  return {
    ...reader,
    locks,
    async put({ key, body, contentType, metadata }, abortSignal) {
      if (!mayRely && (await locks(abortSignal)) === false) throw new NoObjectLock(config.bucket)
      mayRely = true
      const { sdk, client } = await load()
      const command = new sdk.PutObjectCommand({
        ...bucket,
        ...storageHeaders(config.storage, now()),
        ...(config.conditional_writes ? { IfNoneMatch: '*' } : {}),
        Key: key,
        Body: body,
        ContentType: contentType,
        ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
      })
      requireS3Answer(await abortable(client.send(command, { abortSignal }), abortSignal))
    },
    async putNew(key, body, signal) {
      try {
        if (!config.conditional_writes) {
          for await (const found of reader.list(key, signal)) if (found.key === key) return false
        }
        await this.put({ key, body, contentType: 'application/json' }, signal)
        return true
      } catch (error) {
        if (isTaken(error)) return false
        throw error
      }
    },
    probe: (signal) => probe({ ...bucket, Prefix: keyPrefix(config.prefix) }, signal),
    now,
    forgetCredentials,
    close,
  }
}

function storageHeaders(storage: Config['storage'], now: number) {
  return {
    ...(storage.kms_key_id === undefined
      ? {}
      : {
          ServerSideEncryption: 'aws:kms' as const,
          SSEKMSKeyId: storage.kms_key_id,
          BucketKeyEnabled: true,
        }),
    ...(storage.object_lock === undefined || storage.retain_for === undefined
      ? {}
      : {
          ObjectLockMode: LOCK_MODE[storage.object_lock],
          ObjectLockRetainUntilDate: new Date(now + storage.retain_for),
          // S3 refuses a put with Object Lock parameters that has neither a checksum nor Content-MD5.
          ChecksumAlgorithm: 'CRC32' as const,
        }),
  }
}

function isTaken(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } }
  return $metadata?.httpStatusCode === 412
}

const LOCK_MODE = { governance: 'GOVERNANCE', compliance: 'COMPLIANCE' } as const
