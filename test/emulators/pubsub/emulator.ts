/** Google Cloud Pub/Sub on loopback, as far as a sink needs its REST API: one topic, real tokens, its limits. */
import { createBase64Reader } from '../base64.ts'
import { type Answered, type Asked, type FaultyServer, startFaultyServer } from '../faulty-server.ts'
import { createGoogleTokenDesk, type GoogleTokenDesk, googleError, json } from '../google/tokens.ts'
import { parseJson } from '../intake/json-in-pieces.ts'

export interface PubsubEmulator extends FaultyServer {
  readonly project: string
  readonly topic: string
  /** The key of a service account, JSON text. */
  readonly credentials: string
  /** Empty if only uids are kept. */
  readonly messages: readonly {
    readonly uid: string
    readonly data: string
    readonly orderingKey: string | undefined
  }[]
  /** In order of arrival. */
  readonly uids: readonly string[]
  readonly desk: GoogleTokenDesk
  /** Permissions that the account lacks. */
  readonly denied: Set<string>
  /** Answers each request that carries this event with `status`. */
  refuse(uid: string, status: number): void
}

const SCOPE = 'https://www.googleapis.com/auth/pubsub'
const PUBLISH = 'pubsub.topics.publish'

interface Message {
  readonly data?: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly orderingKey?: string
}

/** `onlyUids`: reads everything but keeps only each message's uid: keeping the rest costs more than reading it. */
export async function startPubsubEmulator({ onlyUids = false } = {}): Promise<PubsubEmulator> {
  const [project, topic] = ['acme-audit', 'pulumi-audit']
  const messages: PubsubEmulator['messages'][number][] = []
  const uids: string[] = []
  const read = createBase64Reader()
  const denied = new Set<string>()
  const refused = new Map<string, number>()
  const desk = createGoogleTokenDesk()

  const publish = ({ body }: Asked): Answered => {
    if (denied.has(PUBLISH))
      return googleError(403, 'User not authorized to perform this action.', 'PERMISSION_DENIED')
    const asked = parseJson(body, ['messages']) as { messages?: readonly Message[] } | undefined
    const given = asked?.messages ?? []
    if (body.length > 10_000_000 || given.length > 1000 || given.length === 0)
      return googleError(400, 'The request is too large.', 'INVALID_ARGUMENT')
    const named = given.map(({ attributes = {} }) => attributes.event_uid ?? '')
    const status = refused.size === 0 ? undefined : named.map((uid) => refused.get(uid)).find(Boolean)
    if (status !== undefined) return googleError(status, 'refused')
    if (given.some(({ data = '' }) => !read(data)?.length))
      return googleError(400, 'Invalid value at data', 'INVALID_ARGUMENT')
    const before = uids.length
    for (const uid of named) uids.push(uid)
    if (!onlyUids) {
      for (const [at, { data = '', orderingKey }] of given.entries())
        messages.push({ uid: named[at] ?? '', data: Buffer.from(data, 'base64').toString(), orderingKey })
    }
    return json(200, { messageIds: given.map((_, at) => `${before + at}`) })
  }

  const server = await startFaultyServer(
    (asked, base) => {
      const { method, url, body } = asked
      if (url.pathname === '/token') return desk.issue(asked, `${base}/token`)
      const refusal = desk.refuse(asked, SCOPE)
      if (refusal !== undefined) return refusal
      const [name, action] = url.pathname.split(/:(?=[^/]*$)/)
      if (name !== `/v1/projects/${project}/topics/${topic}` || method !== 'POST')
        return googleError(404, `Resource not found (resource=${name}).`, 'NOT_FOUND')
      if (action === 'publish') return publish(asked)
      if (action !== 'testIamPermissions') return googleError(404, 'Not Found')
      const { permissions } = JSON.parse(body.toString()) as { permissions: readonly string[] }
      const held = permissions.filter((it) => !denied.has(it))
      return json(200, held.length === 0 ? {} : { permissions: held })
    },
    (status) => googleError(status, 'refused').body,
    (url) => url.pathname === '/token',
  )
  const credentials = desk.credentials(`${server.url}/token`)
  const refuse = (uid: string, status: number) => void refused.set(uid, status)
  return { ...server, project, topic, messages, uids, desk, denied, refuse, credentials }
}
