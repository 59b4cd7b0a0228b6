import { expect, it } from 'vitest'
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
])('%s', (_, secret, text) => expect(withoutSecrets(text, [secret])).toBe('?t=[secret]&u'))

it('several', () => expect(withoutSecrets('a&b and c%26d', ['a&b', 'c&d'])).toBe('[secret] and [secret]'))

it.each(['', '%20', '%'])('of %j nothing else is masked', (secret) =>
  expect(withoutSecrets('a b', [secret])).toBe('a b'),
)
