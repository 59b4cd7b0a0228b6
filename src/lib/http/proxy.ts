/** A proxy on the way: its refusals are reported as the proxy's, not as those of the server behind it. */
import { errorCode, messageOf } from '../../errors.ts'
import { isDecodable } from '../percent-encoding.ts'

/** What is wrong with a proxy's address. It may hold a password, so nothing of it is shown. */
export function faultOfProxy(address: string): string | undefined {
  const url = URL.parse(address)
  // The password is cut off there and its beginning taken for the port: a faulty one, or a number that would be shown.
  const isBrokenOff =
    url === null
      ? /^https?:\/\/.*[/\\?#].*@/i.test(address)
      : isWeb(url) && url.pathname + url.search + url.hash !== '/'
  if (isBrokenOff)
    return 'expected nothing behind host and port; in a password write %2F for /, %5C for \\, %3F for ? and %23 for #'
  if (url === null || !isWeb(url)) return 'expected the URL of a proxy that starts with http:// or https://'
  return isDecodable(url.username + url.password)
    ? undefined
    : 'user or password holds a % that begins no code such as %40: write %25 for it'
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:'
}

/** Words undici's error about a refusing proxy for a person; anything else thrown stays as it is. */
export function proxyInWords(thrown: unknown, proxy: string): unknown {
  // The status is only in the message: any for a CONNECT, 407 for a plain request.
  const [, tunnel, plain] =
    /^Proxy response \((\d+)\) !== 200 when HTTP Tunneling$|^Proxy Authentication Required \((407)\)$/.exec(
      messageOf(thrown),
    ) ?? []
  const status = tunnel ?? plain
  return status === undefined ? thrown : proxyRefusal(proxy, Number(status))
}

/** Without the credentials that its address may carry. */
export function proxyRefusal(proxy: string, status: number): Error {
  const said =
    status === 407
      ? 'asks for credentials (HTTP 407): check user and password in `proxy`'
      : `does not connect (HTTP ${status}): check \`proxy\`, and what it lets through`
  const error = new Error(`the proxy ${new URL(proxy).host} ${said}`)
  return mayPass(status) ? error : Object.assign(error, { code: PROXY_REFUSED })
}

/** Only proxies answer with 407 (RFC 9110, 15.5.8); this one stands in the way of every connection. */
export function unnamedProxyRefusal({ status }: { readonly status: number }): Error | undefined {
  if (status !== 407) return undefined
  const said = 'a proxy on the way asks for credentials (HTTP 407)'
  return Object.assign(new Error(`${said}: name it, with user and password, in \`proxy\``), {
    code: PROXY_REFUSED,
  })
}

/** `needsPerson` knows the code. */
export const PROXY_REFUSED = 'AUDITFERRY_PROXY_REFUSED'

export function refusedByProxy(thrown: unknown): boolean {
  return errorCode(thrown) === PROXY_REFUSED
}

/** What to do about a refusal, shown together with its reason. */
export const PROXY_CURE = 'check `proxy`, and that it lets this through'

function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}
