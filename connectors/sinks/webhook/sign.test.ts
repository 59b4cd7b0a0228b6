import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { parseSigningKey, type SigningKey, signMessage } from './sign.ts'

describe('v1', () => {
  it('signs the example of the reference libraries', () => {
    const signature = signMessage(
      keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      Buffer.from('{"test": 2432232314}'),
    )
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('signs as the npm package does', () => {
    const secret = `whsec_${Buffer.alloc(64, 'k').toString('base64')}`
    const body = 'Ünïcödé 🔐 {"a":1}'
    const expected = new Webhook(secret).sign('evt_1', new Date(1_795_384_800_000), body)
    expect(signMessage(keyOf(secret), 'evt_1', 1_795_384_800, Buffer.from(body))).toBe(expected)
  })
})

describe('v1a', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const publicHalf = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)

  it.each([
    ['a seed', seed],
    ['a seed and its public key', Buffer.concat([seed, publicHalf])],
  ])('verifies with the public key, made with %s', (_, bytes) => {
    const signature = signMessage(keyOf(`whsk_${bytes.toString('base64')}`), 'evt_1', 7, Buffer.from('body'))
    const [version, base64 = ''] = signature.split(',')
    expect(version).toBe('v1a')
    expect(verify(null, Buffer.from('evt_1.7.body'), publicKey, Buffer.from(base64, 'base64'))).toBe(true)
  })

  it('takes the key of RFC 8032, 7.1, test 1', () => {
    const pair = [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    ]
    const key = keyOf(`whsk_${Buffer.from(pair.join(''), 'hex').toString('base64')}`)
    if (key.version !== 'v1a') throw new Error('expected an Ed25519 key')
    const der = createPublicKey(key.key).export({ format: 'der', type: 'spki' })
    expect(der.subarray(-32).toString('hex')).toBe(pair[1])
  })

  it('refuses a public key that is of another seed', () => {
    const wrong = Buffer.concat([seed, Buffer.alloc(32, 1)]).toString('base64')
    expect(parseSigningKey(`whsk_${wrong}`)).toMatch(/public half/)
  })
})

describe('a faulty secret', () => {
  it.each([
    '',
    'supersecret',
    'whsec_',
    'whsec_super secret',
    'whsec_=',
    'whsk_c3VwZXJzZWNyZXQ=',
    'whpk_c3VwZXJzZWNyZXQ=',
    'WHSEC_c3VwZXJzZWNyZXQ=',
    'whsec_c3VwZXI=\n',
    `whsec_${Buffer.from('supersecret').toString('base64')}`,
  ])('is refused without being quoted: %j', (text) => {
    const fault = parseSigningKey(text)
    expect(fault).toEqual(expect.any(String))
    expect(fault).not.toMatch(/super|c3VwZXI/)
  })
})

it.each([
  [23, 'expected 24 to 64 bytes of base64 behind whsec_'],
  [24, expect.objectContaining({ version: 'v1' })],
  [64, expect.objectContaining({ version: 'v1' })],
  [65, 'expected 24 to 64 bytes of base64 behind whsec_'],
])('a secret of %i bytes', (length, expected) => {
  expect(parseSigningKey(`whsec_${Buffer.alloc(length, 'k').toString('base64')}`)).toEqual(expected)
})

function keyOf(text: string): SigningKey {
  const key = parseSigningKey(text)
  if (typeof key === 'string') throw new Error(key)
  return key
}
