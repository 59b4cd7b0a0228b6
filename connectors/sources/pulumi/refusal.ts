/** What a refused or failed request means, and what the operator can do about it. */
import { errorCode, messageOf, SourceError, type SourceFault } from '../../../src/errors.ts'
import { type HttpAnswer, type HttpHeaders, header } from '../../../src/lib/http/http.ts'
import { excerptOf, needsPerson, retryAfterMs } from '../../../src/lib/http/outcome.ts'
import { refusedByProxy } from '../../../src/lib/http/proxy.ts'
import { parseObject } from '../../../src/lib/json-text.ts'
import { tlsOptionsCure } from '../../../src/lib/tls/cure.ts'
import { withoutToken } from './mask.ts'

/** What the request was for, used in messages. */
interface Target {
  readonly organization: string
  readonly userFilter: string
  readonly host: string
  /** Removed from every message, in case a server echoes it. */
  readonly token: () => string
  /** Below the organisation: `auditlogs/v2`. */
  readonly path?: string
  /** A continuation token was sent with the request. */
  readonly continued?: boolean
}

/** A source error in two halves, so that `check` can show the cure separately. */
export class Refusal extends SourceError {
  readonly problem: string
  readonly cure: string

  constructor(
    fault: SourceFault,
    it: { problem: string; cure: string; status?: number; afterMs?: number | undefined },
  ) {
    super(fault, it.cure === '' ? it.problem : `${it.problem}. ${it.cure}`, it)
    this.problem = it.problem
    this.cure = it.cure
  }
}

/** The path that an older server lacks. */
export const V2_PATH = 'auditlogs/v2'

/** Limits are counted over windows of five minutes; the API itself names no time to wait. */
const RATE_WINDOW_MS = 300_000

/** Without it, a date that passes at once would make a busy loop. */
const SHORTEST_WAIT_MS = 1_000

const PLAN = /enterprise|business critical|subscription|upgrade your plan/i

const NEEDS_PLAN =
  'Audit logs need the Enterprise or Business Critical plan: upgrade the organisation, or name another one'
const NEEDS_RIGHTS =
  'Give the token the scopes audit_logs:read and audit_logs:export (an organisation token with an admin or custom role); a token that outlives the expiry policy of the organisation must be made anew'

/** Something else answers in the API's place, usually a proxy's login page. */
export const CHECK_ADDRESS = 'Check api_url, and any proxy on the way'

/** An answer whose status isn't 200. `now` in milliseconds, for a Retry-After that is a date. */
export function refusalOf(answer: HttpAnswer, target: Target, now: number): Refusal {
  const { status } = answer
  const said = saidBy(answer, target)
  const refuse = (fault: SourceFault, what: string, cure: string, afterMs?: number) =>
    new Refusal(fault, { problem: `${what} (HTTP ${status}${said})`, cure, status, afterMs })
  const { organization, host } = target

  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const what = status === 429 ? 'limits the rate of requests' : 'could not answer'
    return refuse('transient', `${host} ${what}`, '', waitMs(answer, now))
  }
  if (target.continued && (status === 400 || status === 404)) {
    return refuse('token_expired', `${host} no longer knows the continuation token`, '')
  }
  if (status === 401) {
    return refuse('configuration', `${host} refuses the access token for "${organization}"`, tokenCure(said))
  }
  if (status === 402 || ((status === 400 || status === 403) && PLAN.test(said))) {
    return refuse('configuration', `"${organization}" has no audit logs at ${host}`, NEEDS_PLAN)
  }
  if (status === 403) {
    return refuse(
      'configuration',
      `the token may not read the audit log of "${organization}" at ${host}`,
      NEEDS_RIGHTS,
    )
  }
  if (status === 404)
    return refuse('configuration', `${host} does not know ${sought(target)}`, notFoundCure(target))
  if (status < 300) return refuse('transient', `${host} gave an answer that is no log`, '')
  if (status < 400) {
    return refuse(
      'configuration',
      `${host} redirects${withoutToken(destination(answer.headers), target.token())}`,
      'Set api_url to the address of the API itself; a redirect is not followed because the token would travel with it',
    )
  }
  return refuse(
    'configuration',
    `${host} refuses the request for "${organization}"`,
    'Check api_url, organization and api',
  )
}

/**
 * A Retry-After of 0, or a date that has passed, allows asking again, but with the growing pauses of failures, or it
 * would never end.
 */
function waitMs({ status, headers }: HttpAnswer, now: number): number | undefined {
  const asked = retryAfterMs(headers, now)
  if (asked === undefined) return status === 429 ? RATE_WINDOW_MS : undefined
  return asked > 0 ? Math.max(asked, SHORTEST_WAIT_MS) : undefined
}

/** A request that got no answer, or an answer that broke off. */
export function failureOf(thrown: unknown, target: Target): Refusal {
  if (thrown instanceof Refusal) {
    // An excerpt of the answer may echo the request's header.
    const { fault, cure, status, afterMs } = thrown
    const more = status === undefined ? {} : { status }
    return new Refusal(fault, {
      ...more,
      problem: withoutToken(thrown.problem, target.token()),
      cure,
      afterMs,
    })
  }
  const reason = withoutToken(messageOf(thrown) || 'connection failed', target.token())
  if (errorCode(thrown) === 'UND_ERR_INVALID_ARG') {
    return new Refusal('configuration', {
      problem: `the request for "${target.organization}" can't be sent: ${reason}`,
      cure: 'Check access_token: it may hold characters that a header can’t carry',
    })
  }
  // The messages of zlib speak of files and checks.
  const isBroken = errorCode(thrown)?.startsWith('Z_') === true
  const problem = `reading the audit log of "${target.organization}" from ${target.host} failed: ${isBroken ? 'its gzip data are cut or damaged' : reason}`
  if (!needsPerson(thrown)) return new Refusal('transient', { problem, cure: isBroken ? CHECK_ADDRESS : '' })
  // The proxy's own message says what to check.
  const cure = refusedByProxy(thrown) ? '' : (sentence(tlsOptionsCure(thrown)) ?? CHECK_CONNECTION)
  return new Refusal('configuration', { problem, cure })
}

const CHECK_CONNECTION =
  'Check api_url, the name service and the certificates (tls.ca_file for an own authority)'

function sentence(cure: string | undefined): string | undefined {
  return cure && cure.charAt(0).toUpperCase() + cure.slice(1)
}

/** `: message; request <id>` from the usual JSON error, or the beginning of whatever came instead. */
function saidBy(answer: HttpAnswer, target: Target): string {
  const excerpt = (text: string) => excerptOf(withoutToken(text, target.token()))
  const error = parseObject(answer.body)
  const text = excerpt(error === undefined ? answer.body : sentences(error))
  const id = header(answer.headers, 'x-pulumi-request-id')
  return id === undefined ? text : `${text}; request ${excerpt(id).slice(2)}`
}

function sentences(error: Record<string, unknown>): string {
  const details = Array.isArray(error.errors) ? error.errors : []
  const parts = details.flatMap((it) => [it?.errorType, it?.customMessage])
  return [error.message, ...parts].filter((it) => typeof it === 'string' && it !== '').join(', ')
}

function tokenCure(said: string): string {
  return said.includes('saml_')
    ? 'Sign in to the organisation through its SAML provider again, or use an organisation token'
    : 'Check access_token: it may be mistyped, expired or revoked; make a new one under Settings, Access tokens'
}

function sought(target: Target): string {
  const user = target.userFilter === '' ? '' : `, or the user "${target.userFilter}" in it`
  return `the organisation "${target.organization}"${user}`
}

function notFoundCure(target: Target): string {
  const filter = target.userFilter === '' ? '' : ' and user_filter'
  const older =
    target.path === V2_PATH ? '; a server without the v2 API answers so too: then set api: v1' : ''
  return `Check organization${filter}, that the token's owner belongs to it, and api_url${older}`
}

/** Only the host: an address may contain things that a log should not hold. */
function destination(headers: HttpHeaders): string {
  const location = header(headers, 'location')
  if (location === undefined || !URL.canParse(location)) return ''
  const { protocol, host } = new URL(location)
  return /^https?:$/.test(protocol) ? ` to ${host}` : ' to an address that is no web address'
}
