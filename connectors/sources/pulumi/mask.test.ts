import { expect, it } from 'vitest'
import { withoutToken } from './mask.ts'

const TOKEN = 'pul-0123456789abcdef0123456789abcdef'
const base64 = (text: string) => Buffer.from(text).toString('base64')

it.each([
  [`token ${TOKEN} and ${TOKEN}`, 'token [secret] and [secret]'],
  [`cut token ${TOKEN.slice(0, 30)}`, 'cut token [secret]'],
  [`cut token ${TOKEN.slice(0, 4)}`, 'cut token [secret]'],
  ['nothing of it: pul', 'nothing of it: pul'],
  ['', ''],
])('masks the token, or its beginning: %j', (text, clean) => expect(withoutToken(text, TOKEN)).toBe(clean))

it.each(['', 'a', 'ab', 'abc', 'token '])('masks the token in Base64 behind "%s"', (before) => {
  const clean = withoutToken(`Basic ${base64(`${before}${TOKEN}`)} x`, TOKEN)
  expect(clean).toContain('[secret]')
  for (const skip of [0, 1, 2, 3]) {
    expect(clean).not.toContain(base64(`${before}${TOKEN}`).slice(skip * 4 + 12, skip * 4 + 24))
  }
})

it('masks a token that is percent-encoded', () => {
  expect(withoutToken('?t=a%2Fb%2Bc%3Dd', 'a/b+c=d')).toBe('?t=[secret]')
})

it('says nothing of an empty token', () => expect(withoutToken('text', '')).toBe('text'))
