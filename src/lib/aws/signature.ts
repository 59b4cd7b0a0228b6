/** Signature Version 4 for a service without a client in the AWS SDK, over the request as it is sent. */
import type { SignatureV4 } from '@smithy/signature-v4'
import type { ConnectorContext } from '../../connector.ts'
import { createHttpClient } from '../http/http.ts'
import type { SentRequest } from '../http/poster.ts'
import { awsClientConfig } from './client.ts'
import type { AwsCredentialConfig } from './credentials.ts'
import { createSha256 } from './sha256.ts'

interface Signer {
  /** Headers to add. Throws what the AWS SDK throws if there are no credentials. */
  sign(request: SentRequest): Promise<Record<string, string>>
  /** The credentials were refused: the next request asks for them again. */
  forgetCredentials(): void
  close(): Promise<void>
}

interface SignerConfig extends AwsCredentialConfig {
  readonly region: string
  /** As the signature names it: `es`. */
  readonly service: string
}

export function createSigner(config: SignerConfig, context: ConnectorContext): Signer {
  const http = createHttpClient(context.connection)
  const sha256 = createSha256()
  let provider: (() => Promise<Identity>) | undefined
  let role: Identity | undefined

  /** Caches temporary credentials, which the SDK's clients do by themselves. */
  const credentials = async () => {
    if ((role?.expiration?.getTime() ?? 0) > context.now() + RENEW_BEFORE_MS) return role as typeof role & {}
    provider ??= await providerOf(awsClientConfig(config, context, http).credentials)
    role = await provider()
    return role
  }

  return {
    async sign({ url, method, headers, body }) {
      const { SignatureV4 } = await import('@smithy/signature-v4')
      const { region, service } = config
      const signer = new SignatureV4({ region, service, credentials: await credentials(), sha256 })
      const { host, hostname, protocol, pathname: path, searchParams } = new URL(url)
      const query = Object.fromEntries(searchParams)
      const request = { method, protocol, hostname, path, query, headers: { ...headers, host }, body }
      return (await signer.sign(request, { signingDate: new Date(context.now()) })).headers
    },
    forgetCredentials() {
      provider = undefined
      role = undefined
    },
    close: () => http.close(),
  }
}

type Identity = Exclude<
  ConstructorParameters<typeof SignatureV4>[0]['credentials'],
  (...args: never) => unknown
>

const RENEW_BEFORE_MS = 5 * 60_000

async function providerOf(given: ReturnType<typeof awsClientConfig>['credentials']) {
  if (typeof given === 'function') return () => given()
  if (given !== undefined) return async () => given
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider()
}
