/** Online test of reach and rights. Creates nothing: it asks beforehand what the first event would meet. */
import type { CheckResult } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { awsRefusalOf, cureOfRole } from '../../../src/lib/aws/refusal.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { cureOfBusy } from '../../../src/lib/http/outcome.ts'
import { connectionCure } from '../../../src/lib/http/poster.ts'
import { isObject, parseObject } from '../../../src/lib/json-text.ts'
import type { ClusterClient } from './client.ts'
import type { Config } from './config.ts'
import { cureOfStatus, describe } from './verdict.ts'

export async function checkCluster(
  client: ClusterClient,
  config: Config,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { index } = config
  try {
    const asked = await client.ask('POST', '/_security/user/_has_privileges', signal, {
      index: [{ names: [index], privileges: ['create_doc', 'auto_configure'] }],
    })
    const rights = rightsOf(asked, index)
    if (rights === undefined) return await checkWithoutRights(client, config, asked, signal)
    const exists = await client.ask('HEAD', `/${index}`, signal)
    const isThere = exists.status === 200
    const missing = Object.keys(rights).filter(
      (it) => rights[it] === false && !(it === 'auto_configure' && isThere),
    )
    if (missing.length > 0) {
      return failed(
        `no privilege ${missing.join(', ')} on ${index}`,
        `grant ${missing.join(' and ')} on ${index}`,
      )
    }
    return { ok: true, detail: `may create documents in ${index}${isThere ? '' : NOT_YET}`, cure: '' }
  } catch (error) {
    return failed(messageOf(error), cureOfThrown(error))
  }
}

/** For failures without an answer from the cluster: the credentials for the signature may be missing. */
export function cureOfCredentials(thrown: unknown): string {
  const isCredentials = thrown instanceof Error && thrown.name === 'CredentialsProviderError'
  return isCredentials
    ? 'give credentials in `auth`, or by the environment, a profile or a role'
    : (cureOfRole(thrown) ?? '')
}

function cureOfThrown(thrown: unknown): string {
  const unknown =
    awsRefusalOf(thrown) === undefined ? connectionCure(thrown) : 'correct the credentials in `auth`'
  return cureOfCredentials(thrown) || unknown
}

const FOREIGN = 'check `endpoint`: neither Elasticsearch nor OpenSearch answers there'
const NOT_YET = ', which is created with the first event'

/**
 * For OpenSearch, or Elasticsearch without its security features: which product it is, and whether the index exists.
 */
async function checkWithoutRights(
  client: ClusterClient,
  { index, auth }: Config,
  asked: HttpAnswer,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (asked.status === 401) return failed(describe(asked), cureOfStatus(401))
  // OpenSearch has no such address; a server that says yes to everything is no cluster.
  if (asked.status === 200) return failed(describe(asked), FOREIGN)
  const exists = await client.ask('HEAD', `/${index}`, signal)
  if (exists.status === 200) return { ok: true, detail: `${index} is there`, cure: '' }
  if (exists.status === 404) {
    // Any server may answer 404, so the root page must show that this is a cluster; Serverless has no such page.
    const isServerless = auth?.type === 'sigv4' && auth.service === 'aoss'
    const root = isServerless ? undefined : await client.ask('GET', '/', signal)
    const name = root === undefined ? 'OpenSearch Serverless' : productOf(root)
    if (name !== undefined)
      return { ok: true, detail: `${name} answers; there is no ${index} yet${NOT_YET}`, cure: '' }
    return failed(root === undefined ? '' : describe(root), FOREIGN)
  }
  // The right to write doesn't include the right to ask.
  const isKnownUser = describe(asked).includes('security_exception')
  if (exists.status === 403 && isKnownUser)
    return {
      ok: true,
      detail: `signed in, but may not look at ${index}: \`check --send\` shows the right to write`,
      cure: '',
    }
  const shown = exists.status === 403 ? asked : exists
  return failed(
    describe(shown),
    cureOfStatus(exists.status) ||
      cureOfStatus(shown.status) ||
      cureOfBusy(shown.status) ||
      'check `endpoint`',
  )
}

function rightsOf({ status, body }: HttpAnswer, index: string): Record<string, unknown> | undefined {
  const rights = status === 200 ? parseObject(body)?.index : undefined
  const ofIndex = isObject(rights) ? rights[index] : undefined
  return isObject(ofIndex) ? ofIndex : undefined
}

/** `Elasticsearch 9.1.0`, `OpenSearch 3.1.0`. */
function productOf({ status, body }: HttpAnswer): string | undefined {
  const version = status === 200 ? parseObject(body)?.version : undefined
  if (!isObject(version) || typeof version.number !== 'string') return undefined
  return `${version.distribution === 'opensearch' ? 'OpenSearch' : 'Elasticsearch'} ${version.number}`
}

function failed(detail: string, cure: string): CheckResult {
  return { ok: false, detail, cure }
}
