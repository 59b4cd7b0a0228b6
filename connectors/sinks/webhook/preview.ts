import type { Batch, BatchEvent, Preview, SinkContext } from '../../../src/connector.ts'
import type { Config } from './config.ts'
import { encodings } from './encode.ts'

/** Shows only the server of the address: with many receivers the path is the secret. */
export function previewRequest(
  config: Config,
  { version }: Pick<SinkContext, 'version'>,
  batch: Batch,
): Preview {
  const encoding = encodings[config.mode]
  const { id, contentType, body } =
    encoding.carries === 'batch' ? encoding.encode(batch) : encoding.encode(batch.events[0] as BatchEvent)
  const { origin, pathname, search } = new URL(config.endpoint)
  const own = Object.keys(config.headers).map((name) => [name.toLowerCase(), SECRET])
  return {
    place: `POST ${origin}${pathname === '/' && search === '' ? '/' : '/…'}`,
    headers: {
      'content-type': contentType,
      'user-agent': `auditferry/${version}`,
      ...Object.fromEntries(own),
      ...authOf(config),
      'webhook-id': id,
      'webhook-timestamp': '[time of sending]',
      ...(config.secret !== undefined && { 'webhook-signature': '[signature]' }),
      ...(config.compression === 'gzip' && { 'content-encoding': 'gzip' }),
    },
    body: body.toString(),
  }
}

const SECRET = '[secret]'

function authOf({ auth }: Config): Record<string, string> {
  if (auth === undefined) return {}
  if (auth.type === 'hmac') return { [auth.header.toLowerCase()]: `${auth.prefix}[signature]` }
  return { authorization: `${auth.type === 'bearer' ? 'Bearer' : 'Basic'} ${SECRET}` }
}
