/**
 * Many small requests of one kind to an AWS service with a JSON protocol. Apart from body and signature, the SDK spends
 * half a millisecond on each. So it prepares one, and the others reuse that with other bytes: same address, headers and
 * signer. An answer that is no success is handed to the SDK, which reads it as usual.
 */
import { hash } from 'node:crypto'
import type { HttpAnswer, HttpClient } from '../http/http.ts'
import { isObject } from '../json-text.ts'
import { responseOf } from './transport.ts'

/** The part of an SDK client that is used here. */
interface AwsClient {
  readonly config: { signer(): Promise<{ sign(request: Wire): Promise<Pick<Wire, 'headers'>> }> }
  send(command: never): Promise<object>
}

interface AwsCommand {
  readonly middlewareStack: {
    add(middleware: never, at: { readonly step: 'deserialize'; readonly priority: 'low' }): void
  }
}

/** The answer's object, unchecked. Throws what the client throws. */
export type Repeat = (body: Uint8Array, signal: AbortSignal) => Promise<object>

interface Wire {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** `command` makes one with any input, which is not sent. Throws where region or credentials are missing. */
export async function prepareRepeat(
  client: AwsClient,
  command: () => AwsCommand,
  http: HttpClient,
): Promise<Repeat> {
  let wire: Wire | undefined
  await exchange(client, command(), (request) => {
    wire = request
    return { status: 200, headers: {}, body: '{}' }
  })
  if (wire === undefined) throw new Error('the SDK made no request')
  const kept = Object.entries(wire.headers).filter(([name]) => KEPT.has(name))
  const model = { ...wire, headers: Object.fromEntries(kept) }
  const url = `${wire.protocol}//${wire.headers.host}${wire.path}`
  const signer = await client.config.signer()
  return async (body, signal) => {
    const sum = { 'x-amz-content-sha256': hash('sha256', body) }
    const { headers } = await signer.sign({ ...model, headers: { ...model.headers, ...sum }, body })
    const answer = await http.send({ method: 'POST', url, headers, body, signal })
    return (
      (answer.status < 300 ? objectOf(answer.body) : undefined) ?? exchange(client, command(), () => answer)
    )
  }
}

/** `x-amzn-query-mode` is only for SQS. */
const KEPT = new Set(['content-type', 'host', 'user-agent', 'x-amz-target', 'x-amzn-query-mode'])

/** Lets the client send a command and gives it the answer from here. */
function exchange(
  client: AwsClient,
  command: AwsCommand,
  answer: (request: Wire) => HttpAnswer,
): Promise<object> {
  const middleware = () => async (asked: { request: Wire }) => ({
    response: responseOf(answer(asked.request)),
  })
  command.middlewareStack.add(middleware as never, { step: 'deserialize', priority: 'low' })
  return client.send(command as never)
}

/** As in the SDK, `null` counts as absent. A reviver is slow, and few answers need it. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text, text.includes('null') ? withoutNull : undefined)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function withoutNull(_: string, member: unknown): unknown {
  return member ?? undefined
}
