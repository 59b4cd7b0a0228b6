/** The HTTP of a cluster. It knows addresses and headers, not what an answer means. */
import type { SinkContext } from '../../../src/connector.ts'
import { createSigner } from '../../../src/lib/aws/signature.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { basicCredentials } from '../../../src/lib/http/options.ts'
import { createPoster } from '../../../src/lib/http/poster.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { addressOf, type Config, secretsOf } from './config.ts'

export interface ClusterClient {
  /** Throws if there was no answer. Secrets that were sent are masked in the answer. */
  bulk(body: Uint8Array, signal: AbortSignal): Promise<HttpAnswer>
  ask(method: 'GET' | 'HEAD' | 'POST', path: string, signal: AbortSignal, body?: object): Promise<HttpAnswer>
  close(): Promise<void>
}

export function createClient(config: Config, context: SinkContext): ClusterClient {
  const { auth } = config
  const signer = auth?.type === 'sigv4' ? createSigner(auth, context) : undefined
  const { connection, version } = context
  const { ca_fingerprint: caFingerprint } = config
  const tls = { ...connection.tls, ...(caFingerprint !== undefined && { caFingerprint }) }
  const poster = createPoster(
    { connection: { ...connection, tls }, version },
    {
      compression: config.compression,
      secrets: [
        ...secretsOf(config),
        ...(auth?.type === 'basic' ? [new Secret(() => basicCredentials(auth))] : []),
      ],
      ...(signer !== undefined && { authorize: signer.sign }),
    },
  )
  const send = async (request: Parameters<typeof poster.send>[0], signal: AbortSignal) => {
    const headers = { ...authorizationOf(auth), ...request.headers }
    const answer = await poster.send({ ...request, headers }, signal)
    if (answer.status === 401 || answer.status === 403) signer?.forgetCredentials()
    return answer
  }
  const url = bulkAddress(config)
  return {
    bulk: (body, signal) => send({ url, headers: BULK_HEADERS, body }, signal),
    ask: (method, path, signal, body) =>
      send(
        {
          url: addressOf(config, path),
          method,
          ...(body !== undefined && {
            headers: { 'content-type': 'application/json' },
            body: Buffer.from(JSON.stringify(body)),
            plain: true,
          }),
        },
        signal,
      ),
    async close() {
      await Promise.all([poster.close(), signer?.close()])
    },
  }
}

export const BULK_HEADERS = { 'content-type': 'application/x-ndjson' }

/** Returns only what `verdict.ts` reads: a few bytes per event for a good batch. */
const FILTER = [
  'errors',
  'items.*.status',
  'items.*.failure_store',
  'items.*.error.type',
  'items.*.error.reason',
  'items.*.error.caused_by.reason',
].join()

export function bulkAddress(config: Config): string {
  const query = new URLSearchParams({
    filter_path: FILTER,
    ...(config.pipeline !== undefined && { pipeline: config.pipeline }),
    ...(config.require_data_stream && { require_data_stream: 'true' }),
  })
  // A signature covers `%20`; `+` means a space only in forms.
  return addressOf(config, `/${config.index}/_bulk?${`${query}`.replaceAll('+', '%20')}`)
}

function authorizationOf(auth: Config['auth']): { authorization?: string } {
  switch (auth?.type) {
    case 'api_key':
      return { authorization: `ApiKey ${auth.api_key.reveal()}` }
    case 'basic':
      return { authorization: `Basic ${basicCredentials(auth)}` }
    case 'bearer':
      return { authorization: `Bearer ${auth.token.reveal()}` }
    default:
      return {}
  }
}
