import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { withoutSecrets } from './secret-forms.ts'

it.each([
  ['as it is', 'a/b+c=d', '?t=a/b+c=d&u'],
  ['percent-encoded', 'a/b+c=d', '?t=a%2Fb%2Bc%3Dd&u'],
  ['as a form has it', 'a b+c', '?t=a+b%2Bc&u'],
  ['decoded', 'ab%2Fcd%3D', '?t=ab/cd=&u'],
  ['in JSON', 'a"b\\c\nd', '?t=a\\"b\\\\c\\nd&u'],
  ['in the JSON of Go', 'a&b<c>d', '?t=a\\u0026b\\u003cc\\u003ed&u'],
  ['in JSON that escapes slashes', 'a/b/c', '?t=a\\/b\\/c&u'],
  ['broken as an encoding', '100%zz', '?t=100%zz&u'],
  ['half a surrogate', 'abc\ud800', '?t=abc\ud800&u'],
])('masks a secret %s', (_, secret, text) => expect(withoutSecrets(text, [secret])).toBe('?t=[secret]&u'))

const TOKEN = '1a2b3c4d-AAAA-5e6f-8888-0123456789ab'
const each = (text: string, encode: (code: number) => string) =>
  [...text].map((character) => encode(character.charCodeAt(0))).join('')

describe('a token that a server quotes', () => {
  it.each([
    ['in capitals', TOKEN.toUpperCase()],
    ['in small letters', TOKEN.toLowerCase()],
    ['in Base64', Buffer.from(TOKEN).toString('base64')],
    ['in hexadecimal digits', Buffer.from(TOKEN).toString('hex')],
  ])('is masked %s', (_, quoted) => expect(withoutSecrets(`no: ${quoted}`, [TOKEN])).toBe('no: [secret]'))

  it.each(['', 'a', 'ab', 'Splunk '])('in Base64 behind %j, also of addresses', (before) => {
    const secret = `${TOKEN}\u00ff>>??~~`
    for (const kind of ['base64', 'base64url'] as const) {
      const quoted = Buffer.from(before + secret).toString(kind)
      const clean = withoutSecrets(`no: ${quoted}`, [secret])
      expect(clean).toMatch(/^no: [\w+/-]{0,13}\[secret\][\w=]{0,3}$/)
    }
  })

  it.each([
    ['of an address', each(TOKEN, (code) => `%${code.toString(16)}`)],
    ['of JSON', each(TOKEN, (code) => `\\u00${code.toString(16).toUpperCase()}`)],
    ['of C', each(TOKEN, (code) => `\\x${code.toString(16)}`)],
    ['of HTML', each(TOKEN, (code) => `&#${code};`)],
    ['of HTML, hexadecimal', each(TOKEN, (code) => `&#x${code.toString(16)};`)],
    ['here and there', TOKEN.replace('2', '%32').replace('b', '&#98;')],
  ])('in needless escapes %s', (_, quoted) =>
    expect(withoutSecrets(`no: ${quoted}`, [TOKEN])).toBe('[secret]'),
  )

  it('in escapes of JSON beside a short one, for which the JSON is written anew', () => {
    const escapes = each(TOKEN, (code) => `\\u00${code.toString(16)}`)
    const clean = withoutSecrets(`{"said":"${escapes} abcd"}`, ['abcd', TOKEN])
    expect(clean).toBe('[secret]')
  })

  it('and what is none stays', () => {
    const text = 'no: 50%25 of \\u0041 &#65; and 1A2B3C4D'
    expect(withoutSecrets(text, [TOKEN, '', 'abc'])).toBe(text)
  })
})

it('a pair in Base64 is one', () => {
  const pair = Buffer.from('elastic:esPassword99').toString('base64')
  expect(withoutSecrets(`Basic ${pair}`, ['esPassword99', pair])).toBe('Basic [secret]')
})

it('masks each of several secrets', () =>
  expect(withoutSecrets('a&b and c%26d', ['a&b', 'c&d'])).toBe('[secret] and [secret]'))

it.each(['', '%20', '%'])('of %j nothing else is masked', (secret) =>
  expect(withoutSecrets('a b', [secret])).toBe('a b'),
)

describe('of a secret that is JSON, its private_key', () => {
  const { privateKey: pem } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const account = { type: 'service_account', project_id: 'acme', private_key: pem, client_email: 'a@acme' }
  const file = `${JSON.stringify(account, undefined, 2)}\n`
  const lines = pem.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-'))

  it.each([
    ['the whole file', file, '[secret]'],
    ['as it is', pem, '[secret]'],
    ['in JSON', JSON.stringify({ key: pem, of: 'acme' }), '{"key":"[secret]","of":"acme"}'],
    ['in a form', `${new URLSearchParams({ key: pem, of: 'acme' })}`, 'key=[secret]&of=acme'],
    ['without its frame', lines.join(''), '[secret]'],
    ['a line of it', `near "${lines[3]}" in a@acme`, 'near "[secret]" in a@acme'],
  ])('%s', (_, text, expected) => expect(withoutSecrets(text, [file])).toBe(expected))

  it('with other ends of its lines', () => {
    const clean = withoutSecrets(pem.replaceAll('\n', '\r\n'), [file])
    for (const line of lines) expect(clean).not.toContain(line)
  })

  it.each(['{"private_key":7}', '{"private_key":""}', '{"private_key', '[1]', '{"a":"bcdefgh"}'])(
    'is not looked for where there is none: %s',
    (secret) => expect(withoutSecrets(`${secret} 7 bcdefgh`, [secret])).toBe('[secret] 7 bcdefgh'),
  )
})

describe('of an answer in JSON', () => {
  it.each([
    ['t', '{"acks":{"0":true},"text":"no t"}', '{"acks":{"0":true},"text":"no [secret]"}'],
    ['1', '[{"status":201,"said":"1"}]', '[{"status":201,"said":"[secret]"}]'],
    ['code', '{"code":0,"text":"bad code"}', '{"code":0,"text":"bad [secret]"}'],
    ['code', '{"code":0,"text":"\\u0041 code"}', '{"code":0,"text":"A [secret]"}'],
    ['long-enough', '{"long-enough":["long-enough"]}', '{"[secret]":["[secret]"]}'],
  ])('%j takes nothing that tells what became of the events: %s', (secret, text, clean) =>
    expect(withoutSecrets(text, [secret])).toBe(clean),
  )

  it('that is nested without an end', () => {
    const deep = `${'['.repeat(200_000)}"hidden"${']'.repeat(200_000)}`
    expect(withoutSecrets(deep, ['hidden'])).not.toContain('hidden')
  })
})
