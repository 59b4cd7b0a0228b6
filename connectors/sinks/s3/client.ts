/** The S3 client: loaded on first use, without retries of its own, over the connection of the project. */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import type { ConnectorContext } from '../../../src/connector.ts'
import { abortable } from '../../../src/lib/abortable.ts'
import { awsClientConfig } from '../../../src/lib/aws-client.ts'
import { keyPrefix } from '../../../src/lib/hour-objects.ts'
import { createHttpClient, type HttpClient } from '../../../src/lib/http.ts'
import { type BucketReader, createBucketReader } from '../../../src/lib/s3-bucket.ts'
import type { S3Config } from './config.ts'

export interface ObjectStore extends BucketReader {
  /** Throws what the SDK throws. Resolves with the ETag, if the answer had one. */
  put(object: StoredObject, signal: AbortSignal): Promise<string | undefined>
  /** Lists one object: a request that changes nothing, with an answer that says why when it is refused. */
  probe(signal: AbortSignal): Promise<void>
  /** Answers false if the key exists. */
  putNew(key: string, body: Uint8Array, signal: AbortSignal): Promise<boolean>
  /** Drops the client, so that the next request reads the credentials anew. */
  forgetCredentials(): void
  close(): Promise<void>
}

export interface StoredObject {
  readonly key: string
  readonly body: Uint8Array
  readonly contentType: string
  readonly metadata?: Readonly<Record<string, string>>
}

export function createObjectStore(config: S3Config, context: ConnectorContext): ObjectStore {
  const http = createHttpClient(context.connection)
  let client: S3Client | undefined
  const load = async () => {
    const sdk = await import('@aws-sdk/client-s3')
    client ??= new sdk.S3Client(clientConfig(config, context, http))
    return { sdk, client }
  }
  const bucket = { Bucket: config.bucket, ExpectedBucketOwner: config.storage.expected_bucket_owner }
  const reader = createBucketReader(bucket, async () => (await load()).client)
  return {
    ...reader,
    async put({ key, body, contentType, metadata }, abortSignal) {
      const { sdk, client } = await load()
      const command = new sdk.PutObjectCommand({
        ...bucket,
        ...storageHeaders(config.storage, context.now()),
        ...(config.conditional_writes ? { IfNoneMatch: '*' } : {}),
        Key: key,
        Body: body,
        ContentType: contentType,
        ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
      })
      return (await abortable(client.send(command, { abortSignal }), abortSignal)).ETag
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
    async probe(abortSignal) {
      const { sdk, client } = await load()
      const command = new sdk.ListObjectsV2Command({
        ...bucket,
        Prefix: keyPrefix(config.prefix),
        MaxKeys: 1,
      })
      await abortable(client.send(command, { abortSignal }), abortSignal)
    },
    forgetCredentials() {
      client = undefined
    },
    close: () => http.close(),
  }
}

function clientConfig(config: S3Config, context: ConnectorContext, http: HttpClient): S3ClientConfig {
  const compatible = config.endpoint !== undefined
  const region = config.region ?? (compatible ? 'us-east-1' : undefined)
  return {
    ...awsClientConfig({ ...config, region }, context, http),
    forcePathStyle: config.force_path_style,
    // undici can't wait for `100 Continue`.
    expectContinueHeader: false,
    // Older compatible stores refuse the checksums that the SDK adds by default.
    ...(compatible
      ? { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }
      : {}),
  }
}

function storageHeaders(storage: S3Config['storage'], now: number) {
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
