/** Where a request comes from: which machine and which web page. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopbackHost } from '../config/loopback.ts'
import { RequestError } from './route.ts'

/**
 * The caller's IP address. With a `public_url` there is a proxy in front of the server, which appends the address it
 * talks to; the caller may have made up everything before that.
 */
export function addressOf({ socket, headers }: IncomingMessage, publicUrl: string | undefined): string {
  const peer = bareAddress(socket.remoteAddress ?? '')
  if (publicUrl === undefined) return peer
  const forwarded = bareAddress(
    String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .at(-1) ?? '',
  )
  return isIP(forwarded) === 0 ? peer : forwarded
}

/** Some proxies add the port: `198.51.100.7:4711`, `[2001:db8::1]:4711`. */
function bareAddress(text: string): string {
  const [, inBrackets, beforePort] = /^\[(.+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text.trim()) ?? []
  return (inBrackets ?? beforePort ?? text.trim()).replace(/^::ffff:(?=[\d.]+$)/i, '')
}

/** Against DNS rebinding: a foreign page may let its own name resolve to this machine's address. */
export function refuseForeignHost({ headers }: IncomingMessage, publicUrl: string | undefined): void {
  const { host = '' } = headers
  if (isLoopbackHost(nameIn(`http://${host}`)) || (publicUrl !== undefined && host === hostIn(publicUrl)))
    return
  const others = publicUrl === undefined ? '' : `, or ${hostIn(publicUrl)}`
  throw new RequestError(403, `the Host header must be localhost, 127.0.0.1 or [::1]${others}`)
}

/** A browser names the page that a POST comes from; other clients name none. */
export function refuseForeignOrigin({ headers }: IncomingMessage, publicUrl: string | undefined): void {
  if (isElsewhere(headers) || namesForeignOrigin(headers, publicUrl)) throw refused()
}

/**
 * A foreign page can't read what it makes a browser ask for, but the work (a whole export) would still be done. A person
 * who follows a link to the console comes from elsewhere, too. Clients that are no browsers say nothing about it.
 */
export function refuseForeignFetch({ headers }: IncomingMessage, publicUrl: string | undefined): void {
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (isElsewhere(headers) && !isVisit) throw refused()
  // A browser without Fetch Metadata still sends `Origin` for a stream. A page of ours asks without it.
  if (namesForeignOrigin(headers, publicUrl)) throw refused()
}

/** Fetch Metadata: `same-site` is another host of the same domain. */
function isElsewhere(headers: IncomingHttpHeaders): boolean {
  return /^(cross-site|same-site)$/.test(String(headers['sec-fetch-site'] ?? ''))
}

function namesForeignOrigin({ origin, host }: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  if (origin === undefined || (publicUrl !== undefined && origin === publicUrl)) return false
  const from = hostIn(origin)
  // Behind a proxy, only this machine itself still uses another name.
  const isDirect = publicUrl === undefined || isLoopbackHost(nameIn(origin))
  return from === '' || from !== host || !isDirect
}

function refused(): RequestError {
  return new RequestError(403, 'requests from other web pages are refused')
}

function hostIn(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}

function nameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
