/** One connection to a broker: framing, headers, the login, and faults. */
import type { Socket } from 'node:net'
import { produce } from './produce.ts'
import { APIS, apiVersions, initProducerId, metadata } from './requests.ts'
import { beginLogin, type Conversation } from './sasl.ts'
import type { ClusterState } from './state.ts'
import { array, compactString, int16, int32, int64, NO_TAGS, string, unsigned, WireReader } from './wire.ts'

const MOST_BYTES = 100 * 2 ** 20
const UNSUPPORTED_SASL_MECHANISM = 33
const SASL_AUTHENTICATION_FAILED = 58
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']

/** `raw` is the TCP socket; `socket` may be TLS over it. */
export function serve(state: ClusterState, broker: number, socket: Socket, raw: Socket): void {
  const { login, mechanisms = MECHANISMS, sessionMs } = state.options
  let conversation: Conversation | undefined
  let isLoggedIn = login === undefined
  let validUntil = Number.POSITIVE_INFINITY
  let held = Buffer.alloc(0)
  let isGone = false

  const answer = (name: string, version: number, body: WireReader): Buffer => {
    if (name === 'ApiVersions') return apiVersions(state, version, body)
    if (name === 'SaslHandshake') return handshake(body)
    if (name === 'SaslAuthenticate') return authenticate(body)
    // During a login no other request is allowed.
    if (!isLoggedIn || conversation !== undefined || Date.now() > validUntil) throw new Error('not logged in')
    if (name === 'Metadata') return metadata(state, body)
    if (name === 'InitProducerId') return initProducerId(state, body)
    return produce(state, broker, body)
  }

  const handshake = (body: WireReader): Buffer => {
    const mechanism = body.string() ?? ''
    body.end()
    const isOffered = login !== undefined && mechanisms.includes(mechanism)
    conversation = isOffered ? beginLogin(mechanism, login) : undefined
    return Buffer.concat([
      int16(isOffered ? 0 : UNSUPPORTED_SASL_MECHANISM),
      array(login === undefined ? [] : mechanisms, (it) => [string(it)]),
    ])
  }

  const authenticate = (body: WireReader): Buffer => {
    const message = body.compactBytes() ?? Buffer.alloc(0)
    body.tags()
    body.end()
    if (conversation === undefined) throw new Error('a login without a handshake')
    const step = conversation(message)
    if (step.state === 'failed') isGone = true
    if (step.state === 'done') {
      isLoggedIn = true
      conversation = undefined
      if (sessionMs !== undefined) validUntil = Date.now() + sessionMs
    }
    const code = step.state === 'failed' ? SASL_AUTHENTICATION_FAILED : 0
    const text = step.state === 'failed' ? 'Authentication failed: invalid credentials' : null
    const bytes = [unsigned(step.answer.length + 1), step.answer, int64(BigInt(sessionMs ?? 0))]
    return Buffer.concat([int16(code), compactString(text), ...bytes, NO_TAGS])
  }

  const take = (frame: Buffer): void => {
    const reader = new WireReader(frame)
    const [key, version, correlation] = [reader.int16(), reader.int16(), reader.int32()]
    const found = Object.entries(APIS).find(([, it]) => it[0] === key)
    if (found === undefined) throw new Error(`no such request: ${key}`)
    const [name, [, least, most]] = found
    if (version < least || version > most) throw new Error(`${name} of version ${version}`)
    reader.string()
    const isFlexible = name === 'ApiVersions' ? version >= 3 : name !== 'SaslHandshake'
    if (isFlexible) reader.tags()
    const fault = name === 'Produce' ? state.faults.shift() : undefined
    if (fault === 'hang') return
    const body = answer(name, version, reader)
    state.requests.push(name)
    const head = [int32(correlation), ...(isFlexible && name !== 'ApiVersions' ? [NO_TAGS] : [])]
    const sent = Buffer.concat([...head, body])
    socket.write(int32(sent.length))
    if (fault === 'reset') {
      isGone = true
      socket.write(sent.subarray(0, sent.length >> 1), () => raw.resetAndDestroy())
      return
    }
    socket.write(sent)
    if (isGone) socket.end()
  }

  // Length and answer are two writes; the second must not wait until the first is acknowledged.
  raw.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    try {
      while (!isGone && held.length >= 4) {
        const length = held.readInt32BE()
        if (length < 0 || length > MOST_BYTES) throw new Error('what came is no request')
        if (held.length < 4 + length) return
        const frame = held.subarray(4, 4 + length)
        held = held.subarray(4 + length)
        take(frame)
      }
    } catch {
      // A broker closes the connection if it doesn't understand a request.
      socket.destroy()
    }
  })
}
