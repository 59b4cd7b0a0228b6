/** The audit-log API over HTTP: one GET per call, refusals as errors that tell the cure. */
import type { ConnectorContext } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { createHttpClient, type HttpStream, timeoutInWords } from '../../../src/lib/http/http.ts'
import { openBody, shortText } from './body.ts'
import type { Config } from './config.ts'
import { withoutToken } from './mask.ts'
import { failureOf, Refusal, refusalOf } from './refusal.ts'

export interface Client {
  /** Host of the API, for messages. */
  readonly host: string
  /** Sends one GET for a path below the organisation; resolves with an answer of status 200. Throws {@link Refusal}. */
  get(path: string, query: Query, signal: AbortSignal): Promise<HttpStream>
  /** Takes the token out of what a server said; to be called before that is cut. */
  clean(text: string): string
  /** What a failure while reading an answer means. */
  broken(thrown: unknown): Refusal
  close(): Promise<void>
}

type Query = Readonly<Record<string, string | undefined>>

/** Beyond this, an error's body adds nothing. */
const REFUSAL_LIMIT = 64 * 1024

export function createClient(config: Config, context: ConnectorContext): Client {
  const http = createHttpClient(context.connection)
  const base = `${config.api_url.replace(/\/+$/, '')}/api/orgs/${encodeURIComponent(config.organization)}`
  const { host } = new URL(config.api_url)
  const token = () => tokenOf(config)
  const target = { organization: config.organization, userFilter: config.user_filter, host, token }
  return {
    host,
    async get(path, query, signal) {
      const url = `${base}/${path}?${queryText(query)}`
      const headers = {
        // The number is a client capability, not a version of this API; the documentation asks for +8.
        accept: 'application/vnd.pulumi+8',
        'content-type': 'application/json',
        'accept-encoding': 'gzip',
        authorization: `token ${token()}`,
        'user-agent': `auditferry/${context.version}`,
      }
      const answer = await http.stream({ method: 'GET', url, headers, signal }).catch((thrown: unknown) => {
        throw signal.aborted ? signal.reason : failureOf(thrown, target)
      })
      if (answer.status === 200) return answer
      const body = await shortText(openBody(answer), REFUSAL_LIMIT).catch(() => '')
      signal.throwIfAborted()
      throw refusalOf(
        { ...answer, body },
        { ...target, path, continued: query.continuationToken !== undefined },
        context.now(),
      )
    },
    clean: (text) => withoutToken(text, token()),
    broken: (thrown) => failureOf(timeoutInWords(thrown, context.connection), target),
    close: () => http.close(),
  }
}

/** Read again for each request; a secret file usually ends in a line end. */
function tokenOf(config: Config): string {
  try {
    return config.access_token.reveal().trim()
  } catch (thrown) {
    const problem = `access_token can't be read: ${messageOf(thrown)}`
    throw new Refusal('configuration', { problem, cure: 'Check that its file is there and may be read' })
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new URLSearchParams(given).toString()
}
