/** The S3 client: loaded on first use, without retries of its own, over our own HTTP client. */
import type { ListObjectsV2CommandInput, S3ClientConfig, S3Client as SdkClient } from '@aws-sdk/client-s3'
import { abortable } from '../abortable.ts'
import { createHttpClient, type HttpClient } from '../http/http.ts'
import { type AwsCaller, type AwsClientConfig, awsClientConfig } from './client.ts'

export interface S3Client {
  load(): Promise<{ readonly sdk: typeof import('@aws-sdk/client-s3'); readonly client: SdkClient }>
  /** Lists one object: a request that changes nothing, with an answer that says why when it is refused. */
  probe(where: ListObjectsV2CommandInput, signal: AbortSignal): Promise<void>
  /** The store's clock minus ours by its last answer, milliseconds; 0 while they are less than a minute apart. */
  skew(): number
  /** Drops the client, so that the next request reads the credentials again. */
  forgetCredentials(): void
  close(): Promise<void>
}

interface S3ClientOptions extends AwsClientConfig {
  readonly force_path_style: boolean
}

export function createS3Client(config: S3ClientOptions, context: AwsCaller): S3Client {
  const http = createHttpClient(context.connection)
  let client: SdkClient | undefined
  let lastSkew = 0
  const skew = () => {
    const offset = client?.config.systemClockOffset ?? lastSkew
    return Math.abs(offset) < CLOCKS_DIFFER_MS ? 0 : offset
  }
  const load = async () => {
    const sdk = await import('@aws-sdk/client-s3')
    client ??= new sdk.S3Client({ ...clientConfig(config, context, http), systemClockOffset: lastSkew })
    return { sdk, client }
  }
  return {
    load,
    async probe(where, abortSignal) {
      const { sdk, client } = await load()
      const command = new sdk.ListObjectsV2Command({ ...where, MaxKeys: 1 })
      const { Name, IsTruncated } = await abortable(client.send(command, { abortSignal }), abortSignal)
      // The SDK reads any page of a proxy or a portal as an empty list.
      if (Name === undefined && IsTruncated === undefined) throw new Error(NO_LIST)
    },
    skew,
    forgetCredentials() {
      lastSkew = skew()
      client = undefined
    },
    close: () => http.close(),
  }
}

/** An answer's `Date` has whole seconds and is already a little old: smaller differences are ignored. */
const CLOCKS_DIFFER_MS = 60_000

const NO_LIST = 'HTTP 200 without a list of objects: the answer is not from S3'

function clientConfig(config: S3ClientOptions, context: AwsCaller, http: HttpClient): S3ClientConfig {
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
