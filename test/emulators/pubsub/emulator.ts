/** Google Cloud Pub/Sub on loopback, as far as a sink needs its REST API: one topic, real tokens, its limits. */
import { type Answered, type Asked, type FaultyServer, startFaultyServer } from '../faulty-server.ts'
import { createGoogleTokenDesk, type GoogleTokenDesk, googleError, json } from '../google/tokens.ts'

export interface PubsubEmulator extends FaultyServer {
  readonly project: string
  readonly topic: string
  /** Key of a service account, JSON text. */
  readonly credentials: string
  readonly messages: readonly {
    readonly uid: string
    readonly data: string
    readonly orderingKey: string | undefined
  }[]
  readonly desk: GoogleTokenDesk
  /** Rights that the account lacks. */
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

export async function startPubsubEmulator(): Promise<PubsubEmulator> {
  const [project, topic] = ['acme-audit', 'pulumi-audit']
  const messages: { uid: string; data: string; orderingKey: string | undefined }[] = []
  const denied = new Set<string>()
  const refused = new Map<string, number>()
  const desk = createGoogleTokenDesk()

  const publish = ({ body }: Asked): Answered => {
    if (denied.has(PUBLISH))
      return googleError(403, 'User not authorized to perform this action.', 'PERMISSION_DENIED')
    const { messages: given = [] } = JSON.parse(body.toString()) as { messages?: readonly Message[] }
    if (body.length > 10_000_000 || given.length > 1000 || given.length === 0)
      return googleError(400, 'The request is too large.', 'INVALID_ARGUMENT')
    const read = given.map(({ data = '', attributes = {}, orderingKey }) => {
      const bytes = Buffer.from(data, 'base64')
      const isWhole = bytes.length > 0 && bytes.toString('base64') === data
      return { uid: attributes.event_uid ?? '', data: isWhole ? bytes.toString() : undefined, orderingKey }
    })
    const status = read.map(({ uid }) => refused.get(uid)).find((it) => it !== undefined)
    if (status !== undefined) return googleError(status, 'refused')
    const whole = read.flatMap(({ data, ...it }) => (data === undefined ? [] : [{ ...it, data }]))
    if (whole.length < read.length) return googleError(400, 'Invalid value at data', 'INVALID_ARGUMENT')
    messages.push(...whole)
    return json(200, { messageIds: whole.map((_, at) => `${messages.length + at}`) })
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
  return { ...server, project, topic, messages, desk, denied, refuse, credentials }
}
