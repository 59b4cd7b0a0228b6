/** The brokers' side of a login: SASL PLAIN (RFC 4616), SCRAM (RFC 5802), OAUTHBEARER (RFC 7628). */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Login {
  readonly username: string
  readonly password: string
  /** For OAUTHBEARER. */
  readonly token: string
  /** What a faulty or foreign broker sends in a SCRAM login instead. */
  readonly scram?: (answer: string, step: 'first' | 'last') => string
}

interface Step {
  readonly answer: Buffer
  /** The login goes on, has failed, or is done. */
  readonly state: 'more' | 'failed' | 'done'
}

/** One login; each message of the client is one step. */
export type Conversation = (message: Buffer) => Step

const DONE: Step = { answer: Buffer.alloc(0), state: 'done' }
const FAILED: Step = { answer: Buffer.alloc(0), state: 'failed' }
const ITERATIONS = 4096

export function beginLogin(mechanism: string, login: Login): Conversation {
  if (mechanism === 'PLAIN') return (message) => plain(message, login)
  if (mechanism === 'OAUTHBEARER') return createBearer(login)
  return createScram(mechanism === 'SCRAM-SHA-512' ? 'sha512' : 'sha256', login)
}

function plain(message: Buffer, { username, password }: Login): Step {
  const [authorizedAs, user, secret, ...more] = message.toString().split('\0')
  const isRight = authorizedAs === '' && user === username && secret === password && more.length === 0
  return isRight ? DONE : FAILED
}

/** A token's refusal is sent as JSON; the login fails once the client has acknowledged it. */
function createBearer({ token }: Login): Conversation {
  let isRefused = false
  return (message) => {
    if (isRefused) return FAILED
    if (message.toString().startsWith(`n,,\x01auth=Bearer ${token}\x01`)) return DONE
    isRefused = true
    return { answer: Buffer.from('{"status":"invalid_token"}'), state: 'more' }
  }
}

function createScram(
  hash: 'sha256' | 'sha512',
  { username, password, scram = (it) => it }: Login,
): Conversation {
  const salt = randomBytes(16)
  let [clientFirst, serverFirst, nonce] = ['', '', '']
  return (message) => {
    const text = message.toString()
    if (serverFirst === '') {
      const [, user, theirs] = /^n,,n=([^,]*),r=([!-+\--~]+)$/.exec(text) ?? []
      if (user?.replaceAll('=2C', ',').replaceAll('=3D', '=') !== username) return FAILED
      clientFirst = text.slice(3)
      nonce = `${theirs}${randomBytes(12).toString('hex')}`
      serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${ITERATIONS}`
      return { answer: Buffer.from(scram(serverFirst, 'first')), state: 'more' }
    }
    const [, withoutProof = '', theirNonce, proof = ''] = /^(c=biws,r=([^,]*)),p=(.*)$/.exec(text) ?? []
    const said = `${clientFirst},${serverFirst},${withoutProof}`
    const length = hash === 'sha256' ? 32 : 64
    const salted = pbkdf2Sync(password, salt, ITERATIONS, length, hash)
    const hmac = (key: Buffer, data: string) => createHmac(hash, key).update(data).digest()
    const clientKey = hmac(salted, 'Client Key')
    const stored = createHash(hash).update(clientKey).digest()
    const signature = hmac(stored, said)
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)))
    const given = Buffer.from(proof, 'base64')
    const isRight = given.length === expected.length && timingSafeEqual(given, expected)
    if (theirNonce !== nonce || !isRight) return FAILED
    const server = hmac(hmac(salted, 'Server Key'), said).toString('base64')
    return { answer: Buffer.from(scram(`v=${server}`, 'last')), state: 'done' }
  }
}
