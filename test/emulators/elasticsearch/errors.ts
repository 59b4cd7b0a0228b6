/** Errors as Elasticsearch prints them: `{"error":{"root_cause":[…],"type":…,"reason":…},"status":…}`. */
export interface EsAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text is sent as it is, an object as JSON. */
  readonly body: string | object
}

export function errorOf(status: number, type: string, reason: string): EsAnswer {
  const error = { type, reason }
  return { status, body: { error: { root_cause: [error], ...error }, status } }
}

export const missingCredentials = (target: string): EsAnswer => ({
  ...errorOf(401, 'security_exception', `missing authentication credentials for REST request [${target}]`),
  headers: { 'www-authenticate': 'Basic realm="security", charset="UTF-8", ApiKey' },
})

export const wrongCredentials = (target: string): EsAnswer => ({
  ...errorOf(
    401,
    'security_exception',
    `unable to authenticate with provided credentials and anonymous access is not allowed for this request [${target}]`,
  ),
  headers: { 'www-authenticate': 'Basic realm="security", charset="UTF-8", ApiKey' },
})

/** The error that accompanies a status requested by a test. */
export function usualError(status: number): EsAnswer {
  const [type, reason] = USUAL[status] ?? ['exception', 'something else']
  return status === 413 ? { status, body: '' } : errorOf(status, type, reason)
}

const USUAL: Readonly<Record<number, readonly [type: string, reason: string]>> = {
  400: ['x_content_parse_exception', 'unexpected end of input'],
  401: ['security_exception', 'unable to authenticate user [x]'],
  403: ['security_exception', 'action [indices:data/write/bulk] is unauthorized for user [x]'],
  404: ['index_not_found_exception', 'no such index [x]'],
  429: ['es_rejected_execution_exception', 'rejected execution of coordinating operation'],
  503: ['cluster_block_exception', 'blocked by: [SERVICE_UNAVAILABLE/2/no master];'],
}
