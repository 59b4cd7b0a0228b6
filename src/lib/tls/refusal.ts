/**
 * A 400 about the connection rather than what was sent over it: a client certificate that is missing, expired or not
 * trusted (nginx), http:// where TLS is spoken (nginx, Apache, Go). If it were taken for an answer to the request, every
 * event would end up in the dead letters.
 */
import type { HttpAnswer } from '../http/http.ts'

/** `needsPerson` knows the code, `tlsCure` the words. */
export const TLS_REFUSED = 'AUDITFERRY_TLS_REFUSED'

/** Matched at the beginning of the answer, since a quoted event may say anything. */
const PAGES = [
  /^<html>\s*<head><title>400 (No required SSL certificate was sent|The SSL certificate error|The plain HTTP request was sent to HTTPS port)<\/title>/,
  /^<!DOCTYPE HTML [^>]*>\s*<html><head>\s*<title>400 Bad Request<\/title>\s*<\/head><body>\s*<h1>Bad Request<\/h1>\s*<p>Your browser sent a request that this server could not understand\.<br \/>\s*Reason: (You're speaking plain HTTP to an SSL-enabled server port)\./,
  /^(Client sent an HTTP request to an HTTPS server)\.\s*$/,
]

export function tlsRefusalOf({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): Error | undefined {
  if (status !== 400) return undefined
  const said = PAGES.map((page) => page.exec(body)?.[1]).find((it) => it !== undefined)
  return said === undefined ? undefined : Object.assign(new Error(`HTTP 400: ${said}`), { code: TLS_REFUSED })
}
