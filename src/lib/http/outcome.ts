/** What an HTTP answer or failure means for the events of a request, where a product has no finer rule. */
import { firstCode, messageOf } from '../../errors.ts'
import type { Outcome } from '../../outcome.ts'
import { TokenDelayedError } from '../oauth/access-token.ts'
import { printable } from '../printable.ts'
import { tlsOptionsCure } from '../tls/cure.ts'
import { TLS_REFUSED } from '../tls/refusal.ts'
import { type HttpAnswer, type HttpHeaders, header } from './http.ts'
import { PROXY_REFUSED } from './proxy.ts'

const RETRY = new Set([408, 425, 429])
/** 407: the proxy wants other credentials. */
const PAUSE = new Set([401, 403, 404, 405, 407, 410])

/** An outcome for every non-2xx status; an excerpt of the answer goes into the reason. */
export function outcomeOfStatus(answer: HttpAnswer, now: number): Outcome {
  const { status } = answer
  const reason = answerInWords(answer)
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (passes(status)) {
    const afterMs = retryAfterMs(answer.headers, now)
    return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  if (status === 413) return { kind: 'split', reason, answer: answer.body }
  if (PAUSE.has(status) || status < 400) return { kind: 'pause', reason }
  return { kind: 'split', reason, answer: answer.body }
}

function passes(status: number): boolean {
  return RETRY.has(status) || status >= 500
}

/** For `check`: what to do about an answer that passes by itself, for which no option is to blame. Empty for others. */
export function cureOfBusy(status: number): string {
  return passes(status) ? BUSY : ''
}

export const BUSY = 'the service is overloaded or in trouble; events wait here until it recovers'

/** The same for an answer that is not the success that `product` documents: any other 2xx comes from something else and proves nothing. */
export function outcomeOfOther(answer: HttpAnswer, product: string, now: number): Outcome {
  const outcome = outcomeOfStatus(answer, now)
  if (outcome.kind !== 'delivered') return outcome
  return { kind: 'retry', reason: `not ${product}'s answer: ${answerInWords(answer)}` }
}

/** A pause also says what an operator can do; other outcomes stay as they are. */
export function withCure(outcome: Outcome, cure: string): Outcome {
  if (outcome.kind !== 'pause' || cure === '') return outcome
  return { kind: 'pause', reason: `${outcome.reason}; ${cure}` }
}

/** `HTTP 400: <excerpt>`; for a redirect also where to, but only its origin: the rest may be a secret. */
export function answerInWords({ status, headers, body }: HttpAnswer): string {
  const location = status >= 300 && status < 400 ? header(headers, 'location') : undefined
  return `HTTP ${status}${excerptOf(body)}${location === undefined ? '' : redirectInWords(location)}`
}

function redirectInWords(location: string): string {
  const target = URL.parse(location, NOWHERE)
  if (target === null) return ''
  const isWeb = /^https?:$/.test(target.protocol)
  const elsewhere = isWeb ? target.origin : 'an address that is no web address'
  const place = target.origin === NOWHERE ? 'another path of the same server' : elsewhere
  return `; redirects to ${place}, which is never followed`
}

/** The origin of what is relative to the request's address. */
const NOWHERE = 'http://same.invalid'

/**
 * A request that got no answer: TLS, unknown hosts and impossible headers need a person, the rest may pass. `option`
 * names the option with the address, for the reason.
 */
export function outcomeOfFailure(thrown: unknown, option?: string): Outcome {
  if (thrown instanceof TokenDelayedError) {
    const { message: reason, afterMs } = thrown
    return { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  const said = failureInWords(thrown)
  const cure = cureOf(thrown, option === undefined ? 'the address' : `\`${option}\``)
  const reason = cure === undefined ? said : `${said}: ${cure}`
  return needsPerson(thrown) ? { kind: 'pause', reason } : { kind: 'retry', reason }
}

/** What kept an answer from coming. */
export function failureInWords(thrown: unknown): string {
  return messageOf(thrown) || firstCode(thrown) || 'connection failed'
}

function cureOf(thrown: unknown, place: string): string | undefined {
  if (messageOf(thrown).includes('ENOTFOUND')) return `check the host name in ${place}`
  const isUntrusted = UNTRUSTED.test(firstCode(thrown) ?? '')
  return isUntrusted ? 'name the authority of its certificate in `tls.ca_file`' : tlsOptionsCure(thrown)
}

const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?))$/

/**
 * `Retry-After` in milliseconds: delta seconds or an HTTP date (RFC 9110, 10.2.3); an hour at most. A date is
 * counted from the answer's own, since our clock may be another.
 */
export function retryAfterMs(headers: HttpHeaders, now: number): number | undefined {
  const value = header(headers, 'retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  const sentAt = Date.parse(header(headers, 'date') ?? '')
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : httpDateMs(value) - (Number.isNaN(sentAt) ? now : sentAt)
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 3_600_000)
}

/** The three forms of RFC 9110, 5.6.7. Not Date.parse alone: it takes `-5` for a day in 2001. */
function httpDateMs(text: string): number {
  if (/^[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/.test(text))
    return Date.parse(text)
  return /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/.test(text)
    ? Date.parse(`${text} GMT`)
    : Number.NaN
}

/** Up to 200 printable characters of an answer, for a reason. */
export function excerptOf(body: string): string {
  const text = printable(body).replaceAll(/\s+/g, ' ').trim().slice(0, 200).replace(HALF_A_PAIR, '')
  return text === '' ? '' : `: ${text}`
}

/** What remains of a character that was cut in half. */
const HALF_A_PAIR = /[\ud800-\udbff]$/

const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_OSSL|EPROTO$)/

/** An unknown host, a header that can't be sent, a proxy that refuses, a server that refuses the TLS, a package that is not installed, credentials that give no token. */
const FOR_A_PERSON = new Set([
  'ENOTFOUND',
  'UND_ERR_INVALID_ARG',
  PROXY_REFUSED,
  TLS_REFUSED,
  'AUDITFERRY_PACKAGE_MISSING',
  'AUDITFERRY_TOKEN_REFUSED',
])

export function needsPerson(thrown: unknown): boolean {
  const code = firstCode(thrown)
  return code !== undefined && (TLS_CODE.test(code) || FOR_A_PERSON.has(code))
}

/** A package that is not installed, credentials that give no token: their messages say what to do. */
export function carriesCure(thrown: unknown): boolean {
  const code = firstCode(thrown)
  return code === 'AUDITFERRY_PACKAGE_MISSING' || code === 'AUDITFERRY_TOKEN_REFUSED'
}
